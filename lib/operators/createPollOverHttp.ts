import { randomUUID } from 'node:crypto';
import { ApiError } from '../client/apiError.ts';
import { httpClient } from '../client/http.ts';
import type { CreatedPoll } from '../contract/messageTypes.ts';
import { UsageError } from '../errors.ts';
import { creationKey, localConfig } from '../localConfig.ts';
import type { Answer } from './command.ts';

const UNITS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const DURATION = /^(?=\d)(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?$/;

/** Reads a duration such as `10m`, `90s` or `1d12h`.
 * @returns seconds
 * @throws {UsageError} */
export function readDuration(text: string): number {
  const parts = DURATION.exec(text)?.groups;
  if (!parts) throw new UsageError(`--for must be a duration such as 30s, 10m, 1h30m or 7d, not '${text}'.`);
  return Object.entries(UNITS).reduce((sum, [unit, seconds]) => sum + Number(parts[unit] ?? 0) * seconds, 0);
}

/** Creates a poll through the HTTP API of a running system, so that limits and tokens are those of every client, and
 * neither the server's keys nor its network are needed here.
 * @param url of the API; by default that of `npm start`
 * @throws {ApiError} the refusal of the API
 * @throws {UsageError} without a question or with a malformed duration */
export async function createPollOverHttp(
  [question, ...options]: string[],
  duration: string,
  url = `http://localhost:${localConfig().httpPort}`,
): Promise<Answer> {
  if (question === undefined) throw new UsageError('A question and its options are required.');
  const poll = { question, options, expires_in: readDuration(duration) };
  const root = url.replace(/\/+$/, '');
  const created = await httpClient(root, fetch)
    .createPoll(poll, randomUUID(), { token: creationKey() })
    .catch((error) => {
      throw atUrl(error, root);
    });
  const { id, code, admin_token } = created;
  const link = `${root}/${code}`;
  return { json: { id, code, link, admin_token }, text: describe(created, link) };
}

/** Names an API that does not answer; the API's own errors stay as they are. */
function atUrl(error: unknown, url: string): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'invalid_response') return new Error(`${url} is not the API.`, { cause: error });
  if (error.status > 0) return error;
  return new Error(
    `The API at ${url} does not answer. Start it with npm start, or name another with --http.`,
    {
      cause: error,
    },
  );
}

function describe({ id, code, expired_at, admin_token }: CreatedPoll, link: string): string {
  return [
    `id             ${id}`,
    `code           ${code}`,
    `link           ${link}`,
    `ends           ${expired_at}`,
    `owner's token  ${admin_token}`,
  ].join('\n');
}
