import { wallClockMs } from '../../clock.ts';
import type { RealtimeConfig } from '../../config.ts';
import { meter } from '../../metrics.ts';
import { createHttpPool } from './httpPool.ts';
import type { Answer } from './httpSocket.ts';
import { createRenderer } from './renderPost.ts';

/** The outcome of a post to one connection. */
export type PostOutcome =
  | 'delivered'
  /** 410: the connection is closed, or not open yet. */
  | 'gone'
  /** 429: the account's rate is exhausted, or this client's buffer is full. */
  | 'throttled'
  /** Any other 4xx: a retry would fail too. */
  | 'refused'
  /** A 5xx or a network error. */
  | 'failed'
  | 'timed_out';

/** Posts a message to a WebSocket connection. Never rejects. */
export type Post = (connectionId: string, payload: Buffer) => Promise<PostOutcome>;

/** The limit of concurrent posts, one socket each. At 20 ms a post on AWS they reach 6,400 posts/s, above a
 * shard's share of the account's 10,000, and stay far below Lambda's 1,024 file descriptors. */
export const MAX_IN_FLIGHT = 128;

/** A healthy post takes 5–20 ms on AWS. */
const POST_TIMEOUT_MS = 2_000;

function outcomeOf(answer: Answer): PostOutcome {
  if (typeof answer === 'string') return answer;
  if (answer < 300) return 'delivered';
  if (answer === 410) return 'gone';
  if (answer === 429) return 'throttled';
  return answer < 500 ? 'refused' : 'failed';
}

/** Creates a poster to the @connections of one API, which signs posts if it has credentials. undici takes 1.7
 * times the CPU time of this poster, the AWS SDK 19 times (`npm run bench`); `node:http` and `fetch` take more than
 * undici. undici would also be four fifths of the function's bundle. */
export function createPoster(config: RealtimeConfig): Post {
  const send = createHttpPool(new URL(config.endpoint), POST_TIMEOUT_MS);
  const render = createRenderer(config);
  return async (connectionId, payload) => {
    const outcome = outcomeOf(await send(render(connectionId, payload, wallClockMs())));
    meter().count('Posts');
    if (outcome === 'gone') meter().count('PostsGone');
    if (outcome === 'throttled') meter().count('PostsThrottled');
    return outcome;
  };
}
