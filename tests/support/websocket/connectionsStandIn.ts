import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';
import { createFanOut, type FanOut } from '../../../lib/realtime/post/fanOut.ts';
import { createPoster } from '../../../lib/realtime/post/postToConnection.ts';

/** How a connection answers a post: with a status, or in any other way. */
export type Behaviour = number | ((response: ServerResponse) => void);

/** Stands in for API Gateway's @connections. */
export interface ConnectionsStandIn {
  endpoint: string;
  /** What each connection received, in order; a post that was not answered 200 is not among it. */
  received(connectionId: string): ServerMessage[];
  /** How often it was posted to, with whatever result. */
  posts(connectionId: string): number;
  /** The connections that were ended, in order, with repeats. */
  disconnected(): string[];
  /** All posts to anybody. */
  total(): number;
  /** Sets the behaviours of the next posts; the last one stays. */
  behave(connectionId: string, ...behaviours: Behaviour[]): void;
  /** Forgets all connections. */
  reset(): void;
  stop(): Promise<void>;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function idOf(request: IncomingMessage): string {
  return decodeURIComponent(/\/@connections\/([^/]+)$/.exec(request.url ?? '')?.[1] ?? '');
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function startConnectionsStandIn(): Promise<ConnectionsStandIn> {
  const inboxes = new Map<string, ServerMessage[]>();
  const posts = new Map<string, number>();
  const behaviours = new Map<string, Behaviour[]>();
  const disconnected: string[] = [];

  const server = createServer(async (request, response) => {
    const id = idOf(request);
    const text = await textOf(request);
    if (request.method === 'DELETE') {
      disconnected.push(id);
      const behaviour = behaviours.get(id)?.[0];
      response.writeHead(typeof behaviour === 'number' ? behaviour : 204, { 'content-length': 0 }).end();
      return;
    }
    posts.set(id, (posts.get(id) ?? 0) + 1);
    const script = behaviours.get(id) ?? [200];
    const behaviour = (script.length > 1 ? script.shift() : script[0]) ?? 200;
    if (typeof behaviour !== 'number') return behaviour(response);
    if (behaviour === 200) inboxes.set(id, [...(inboxes.get(id) ?? []), JSON.parse(text)]);
    response.writeHead(behaviour, { 'content-length': 0 }).end();
  });
  const port = await listening(server);

  return {
    endpoint: `http://127.0.0.1:${port}`,
    received: (id) => inboxes.get(id) ?? [],
    posts: (id) => posts.get(id) ?? 0,
    disconnected: () => disconnected,
    total: () => [...posts.values()].reduce((sum, count) => sum + count, 0),
    behave: (id, ...script) => void behaviours.set(id, script),
    reset: () => {
      for (const map of [inboxes, posts, behaviours]) map.clear();
      disconnected.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Posts to the stand-in, without a pace. */
export const fanOutTo = ({ endpoint }: ConnectionsStandIn): FanOut =>
  createFanOut(createPoster({ endpoint, region: 'x', credentials: undefined }));
