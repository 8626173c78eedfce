/** The `code` of an error of Node's, such as `EADDRINUSE`, or of PostgreSQL's, an SQLSTATE. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
