/** Passkeys: the server's options as the browser takes them, and its answer as the server does (WebAuthn's JSON). */

/** Whether this browser can use passkeys at this address: it must be a name, reached over TLS or on this machine. */
export function supported(): boolean {
  const address = /^[\d.]+$|:/.test(window.location.hostname);
  return window.isSecureContext && 'PublicKeyCredential' in window && !address;
}

type Json = Readonly<Record<string, unknown>>;

function bytes(text: unknown): ArrayBuffer {
  const plain = atob(String(text).replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Options for signing in. */
export function asked(options: Json): PublicKeyCredentialRequestOptions {
  return { ...options, allowCredentials: [], challenge: bytes(options['challenge']) } as PublicKeyCredentialRequestOptions;
}

/** Options for a new passkey. */
export function wanted(options: Json): PublicKeyCredentialCreationOptions {
  const user = options['user'] as Json;
  const excluded = (options['excludeCredentials'] ?? []) as readonly Json[];
  return {
    ...options,
    challenge: bytes(options['challenge']),
    user: { ...user, id: bytes(user['id']) },
    excludeCredentials: excluded.map((each) => ({ ...each, id: bytes(each['id']) })),
  } as unknown as PublicKeyCredentialCreationOptions;
}

/** A credential in WebAuthn's JSON. */
interface Sent {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: {
    clientDataJSON: string;
    attestationObject?: string;
    authenticatorData?: string;
    signature?: string;
    userHandle?: string;
  };
}

/** A credential as it is sent. */
export function told(credential: Credential | null): Sent {
  const made = credential as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const said: Sent['response'] = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) said.attestationObject = text(response.attestationObject);
  if (response.authenticatorData && response.signature) {
    said.authenticatorData = text(response.authenticatorData);
    said.signature = text(response.signature);
  }
  if (response.userHandle) said.userHandle = text(response.userHandle);
  return { id: made.id, rawId: text(made.rawId), type: made.type, response: said };
}
