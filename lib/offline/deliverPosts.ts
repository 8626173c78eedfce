import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

const FOLDER = './events/websocket/';
const POST_PATH = /^\/@connections\/([^/?]+)$/;
/** API Gateway's limit for a message. */
const MAX_BYTES = 128 * 1_024;

/** The emulator's connections. */
export interface Clients {
  /** @returns false if there is no such connection */
  send(connectionId: string, text: string): boolean;
}

interface HttpServer {
  readonly server: Server;
  createServer(): Promise<void>;
}

/** Answers posts to connections in place of the emulator's web framework, with which a post takes 2.3 times as long. A
 * round of posts to 1,000 viewers occupies the one thread that also runs the functions. */
export async function deliverPosts(): Promise<void> {
  const file = (name: string) => new URL(`${FOLDER}${name}`, import.meta.resolve('serverless-offline')).href;
  const { prototype: clientsOf } = (await import(file('WebSocketClients.js'))).default;
  const { prototype: serverOf }: { prototype: HttpServer } = (await import(file('HttpServer.js'))).default;
  const { addRoute } = clientsOf;
  const { createServer } = serverOf;
  let clients: Clients | undefined;
  clientsOf.addRoute = function (this: Clients, ...route: unknown[]) {
    clients = this;
    return addRoute.apply(this, route);
  };
  serverOf.createServer = async function (this: HttpServer) {
    await createServer.call(this);
    const others = this.server.listeners('request') as RequestListener[];
    this.server.removeAllListeners('request');
    this.server.on('request', (request, response) => {
      if (!clients || !answerPost(clients, request, response))
        for (const answer of others) answer.call(this.server, request, response);
    });
  };
}

/** Passes a post on to its connection: 200, 410 if that is gone, 413 if the message is too long, as API Gateway does.
 * @returns false for other requests */
export function answerPost(clients: Clients, request: IncomingMessage, response: ServerResponse): boolean {
  const connectionId = request.method === 'POST' && POST_PATH.exec(request.url ?? '')?.[1];
  if (!connectionId) return false;
  let length = 0;
  const chunks: Buffer[] = [];
  const answer = () => {
    if (length > MAX_BYTES) return 413;
    return clients.send(connectionId, `${Buffer.concat(chunks)}`) ? 200 : 410;
  };
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_BYTES) chunks.push(chunk);
  });
  request.on('end', () => response.writeHead(answer(), { 'content-length': 0 }).end());
  return true;
}
