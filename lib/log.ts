/** One JSON object a line on stdout, as CloudWatch reads it. Never a voter's id, a key or a token. */
type Level = 'info' | 'warn' | 'error';

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describe(error.cause);
  return { name: error.name, message: error.message, code, stack: error.stack, cause };
}

function write(level: Level, message: string, fields: Record<string, unknown>): void {
  const { error, ...rest } = fields;
  const line = { time: new Date().toISOString(), level, message, ...rest };
  console.log(JSON.stringify(error === undefined ? line : { ...line, error: describe(error) }));
}

export const log = {
  info: (message: string, fields: Record<string, unknown> = {}) => write('info', message, fields),
  warn: (message: string, fields: Record<string, unknown> = {}) => write('warn', message, fields),
  error: (message: string, fields: Record<string, unknown> = {}) => write('error', message, fields),
};
