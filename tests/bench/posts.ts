/** Posting to @connections: our poster, undici with the same signature, and the AWS SDK, against a server in a
 * process of its own that answers 200 at once. */
import { Agent as HttpAgent } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { Agent } from 'undici';
import { createPoster } from '../../lib/realtime/post/postToConnection.ts';
import { createRenderer } from '../../lib/realtime/post/renderPost.ts';
import { forkLoad, hear } from './load/run.ts';
import type { BenchRow } from './row.ts';

const IN_FLIGHT = 64;
const ROUNDS = 5;
const ROUND_MS = 1_500;
const GOAL_RATIO = 15;
/** About what an update of some entries has. */
const PAYLOAD = Buffer.from(JSON.stringify({ type: 'LEADERBOARD_UPDATE', changed: 'x'.repeat(600) }));
/** As long as Lambda's session tokens, which each post carries. */
const CREDENTIALS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'x'.repeat(800) };

/** Resolves when the post was answered 200. */
type PostOnce = (connectionId: string) => Promise<void>;

interface Measured {
  postsPerSecond: number;
  cpuMicroseconds: number;
}

const expectOk = (ok: boolean) => {
  if (!ok) throw new Error('A post was not answered 200.');
};

function ours(endpoint: string): PostOnce {
  const post = createPoster({ endpoint, region: 'eu-west-1', credentials: CREDENTIALS });
  return async (id) => expectOk((await post(id, PAYLOAD)) === 'delivered');
}

/** The fastest way that undici offers. Each post pays for its own signature, as ours do; the headers are those of
 * one and the same, because parsing them out of our rendered request would cost undici too much. */
function undici(endpoint: string): PostOnce {
  const agent = new Agent({ connections: IN_FLIGHT, pipelining: 1 });
  const render = createRenderer({ endpoint, region: 'eu-west-1', credentials: CREDENTIALS });
  const [head = ''] = render('any', PAYLOAD, Date.now()).split('\r\n\r\n');
  const headers = Object.fromEntries(
    [...head.matchAll(/^([\w-]+):(.*)$/gm)].map(([, key, value]) => [key, value]),
  );
  const { origin, pathname } = new URL(endpoint);
  return (id) =>
    new Promise((resolve, reject) => {
      render(id, PAYLOAD, Date.now());
      const path = `${pathname}/@connections/${encodeURIComponent(id)}`;
      agent.dispatch(
        { origin, path, method: 'POST', headers, body: PAYLOAD },
        {
          onRequestStart: () => {},
          onResponseStart: (_controller, status) => expectOk(status === 200),
          onResponseEnd: () => resolve(),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}

function awsSdk(endpoint: string): PostOnce {
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: 'eu-west-1',
    credentials: CREDENTIALS,
    requestHandler: { httpAgent },
  });
  return async (id) => {
    const answer = await client.send(new PostToConnectionCommand({ ConnectionId: id, Data: PAYLOAD }));
    expectOk(answer.$metadata.httpStatusCode === 200);
  };
}

async function measure(post: PostOnce): Promise<Measured> {
  const begin = performance.now();
  const cpuBefore = process.cpuUsage();
  let posts = 0;
  const sender = async () => {
    while (performance.now() - begin < ROUND_MS) {
      posts += 1;
      await post(`L0SM9cOFvHcCI${posts}=`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - begin) / 1_000;
  return { postsPerSecond: posts / seconds, cpuMicroseconds: (user + system) / posts };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** By turns, so that whatever else the machine does falls on all of them. */
async function measureByTurns(posters: PostOnce[]): Promise<Measured[]> {
  for (const post of posters) await measure(post);
  const results: Measured[][] = posters.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, post] of posters.entries()) results[index]?.push(await measure(post));
  }
  return results.map((rounds) => ({
    postsPerSecond: median(rounds.map((one) => one.postsPerSecond)),
    cpuMicroseconds: median(rounds.map((one) => one.cpuMicroseconds)),
  }));
}

function rows(name: string, measured: Measured, sdk: Measured, goal?: number): BenchRow[] {
  const rate = measured.postsPerSecond / sdk.postsPerSecond;
  const cpu = sdk.cpuMicroseconds / measured.cpuMicroseconds;
  const judged = (ratio: number) =>
    goal === undefined ? {} : { goal: `≥ ${goal} × the AWS SDK`, met: ratio >= goal };
  const of = 'the AWS SDK';
  return [
    { name, value: measured.postsPerSecond, unit: 'posts/s', ratio: rate, of, ...judged(rate) },
    {
      name: `${name}, processor`,
      value: measured.cpuMicroseconds,
      unit: 'µs/post',
      ratio: cpu,
      of,
      ...judged(cpu),
    },
  ];
}

export default async function posts(): Promise<BenchRow[]> {
  const server = forkLoad('okServer.ts');
  try {
    const port = await hear<number>(server);
    const endpoint = `http://127.0.0.1:${port}/prod`;
    const [own, peer, sdk] = await measureByTurns([ours(endpoint), undici(endpoint), awsSdk(endpoint)]);
    if (!own || !peer || !sdk) throw new Error('Nothing was measured.');
    return [
      ...rows('our poster', own, sdk, GOAL_RATIO),
      ...rows('undici, signed alike', peer, sdk),
      { name: 'AWS SDK', value: sdk.postsPerSecond, unit: 'posts/s' },
      { name: 'AWS SDK, processor', value: sdk.cpuMicroseconds, unit: 'µs/post' },
    ];
  } finally {
    server.disconnect();
  }
}
