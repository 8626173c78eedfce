import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { aroundInvocations } from './aroundInvocations.ts';
import { BoundedWebSocket, closeOnError, MAX_MESSAGE_BYTES } from './boundedWebSocket.ts';
import type { MessageLanes } from './messageLanes.ts';
import { withoutReservedAction } from './reservedActions.ts';
import type { Clients, Verdict } from './webSocketEmulator.ts';

interface MessageEvent {
  requestContext?: { eventType?: string; connectionId: string };
}

/** Frees the lane of a message when its function has returned. */
export async function finishMessages(lanes: MessageLanes): Promise<void> {
  await aroundInvocations(async (event, run) => {
    const { eventType, connectionId = '' } = (event as MessageEvent | undefined)?.requestContext ?? {};
    try {
      return await run();
    } finally {
      if (eventType === 'MESSAGE') lanes.finish(connectionId);
    }
  });
}

/** Serves WebSockets so that what a client sends or omits affects its own connection only. The emulator's own server
 * also finds the id of a connection by the key of its handshake, which it keeps for ever and which two clients can
 * share. */
export function serveWebSockets(http: Server, clients: () => Clients, lanes: MessageLanes): void {
  const ids = new WeakMap<IncomingMessage, string>();
  const server = new WebSocketServer({
    server: http,
    WebSocket: BoundedWebSocket,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: false,
    verifyClient: ({ req: request }, answer) => {
      const id = randomUUID();
      ids.set(request, id);
      const answered = verdictOn(clients(), id, request).then(
        ({ verified, statusCode, message, headers }) => {
          answer(verified, statusCode, message, headers);
          // Rejected, or the client was gone before it was accepted. A 400 has reached no function.
          if (ids.delete(request) && statusCode !== 400) abandon(clients(), id);
        },
      );
      answered.catch((error) => {
        console.error(error);
        request.socket.destroy();
      });
    },
  });
  server.on('connection', (socket: WebSocket, request) => {
    const id = ids.get(request) ?? '';
    ids.delete(request);
    openConnection(clients(), lanes, socket, id);
  });
}

/** The path and the query, read as the emulator does, which throws for others. */
const isReadable = (url = '') => URL.canParse(url, 'http://localhost');

async function verdictOn(clients: Clients, id: string, request: IncomingMessage): Promise<Verdict> {
  if (!isReadable(request.url)) return { verified: false, statusCode: 400 };
  try {
    return await clients.verifyClient(id, request);
  } catch (error) {
    console.error(error);
    return { verified: false, statusCode: 503 };
  }
}

/** Ends a connection that never opened: the emulator forgets it, and `$disconnect` undoes what `$connect` did. */
function abandon(clients: Clients, id: string): void {
  const socket = new EventEmitter();
  clients.addClient(socket, id);
  socket.emit('close');
}

function openConnection(clients: Clients, lanes: MessageLanes, socket: WebSocket, id: string): void {
  closeOnError(socket);
  lanes.open(id, socket);
  socket.on('close', () => lanes.close(id));
  clients.addClient(socket, id);
  const [handle] = socket.listeners('message');
  socket.removeAllListeners('message');
  const run = (data: RawData, isBinary: boolean) => {
    try {
      handle?.call(socket, isBinary ? data : withoutReservedAction(String(data)), isBinary);
    } catch (error) {
      console.error(error);
      lanes.finish(id);
    }
  };
  socket.on('message', (data, isBinary) => lanes.take(id, () => run(data, isBinary)));
}
