/** Whether an answer is the server's to an act: what a proxy or a network's page says is none, and ends no act. */
export function isAnswer(path: string, answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  const said = answer as { readonly act?: unknown; readonly recorded?: unknown; readonly event_id?: unknown };
  if (path === '/v1/booth') return typeof said.act === 'string';
  if (path.startsWith('/v1/booth/')) return typeof said.recorded === 'boolean';
  return typeof said.event_id === 'string';
}
