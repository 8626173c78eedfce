/** Whether a handshake may go on: no page of another site opens a connection in a visitor's name. Who sends no
 * `Origin` is no browser, and could send any.
 * @param allowed undefined where any page may */
export function isAllowedOrigin(
  headers: Record<string, string | undefined> | undefined,
  allowed: string[] | undefined,
): boolean {
  const [, origin] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'origin') ?? [];
  return origin === undefined || allowed === undefined || allowed.includes(origin);
}
