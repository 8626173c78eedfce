import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { MAX_MESSAGE_BYTES } from './boundedWebSocket.ts';
import type { Clients } from './webSocketEmulator.ts';

const POST_PATH = /^\/@connections\/([^/?]+)$/;

/** Answers posts to connections in place of the emulator's web framework, with which a post takes 2.3 times as long. A
 * round of posts to 1,000 viewers occupies the one thread that also runs the functions. */
export function deliverPosts(server: Server, clients: () => Pick<Clients, 'send'>): void {
  const others = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (!answerPost(clients(), request, response))
      for (const answer of others) answer.call(server, request, response);
  });
}

/** Passes a post on to its connection: 200, 410 if that is gone, 413 if the message is too long, as API Gateway does.
 * @returns false for other requests */
export function answerPost(
  clients: Pick<Clients, 'send'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const connectionId = request.method === 'POST' && POST_PATH.exec(request.url ?? '')?.[1];
  if (!connectionId) return false;
  let length = 0;
  const chunks: Buffer[] = [];
  const answer = () => {
    if (length > MAX_MESSAGE_BYTES) return 413;
    return clients.send(connectionId, `${Buffer.concat(chunks)}`) ? 200 : 410;
  };
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_MESSAGE_BYTES) chunks.push(chunk);
  });
  request.on('end', () => response.writeHead(answer(), { 'content-length': 0 }).end());
  return true;
}
