/** What this device keeps between pages, as JSON; null where it keeps nothing, or nothing that can be read. */
export function kept(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    localStorage.removeItem(key);
    return null;
  }
}
