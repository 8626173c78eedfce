import type { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { importInternal } from './importInternal.ts';

const FOLDER = './events/websocket/';

/** The answer of `$connect`. */
export interface Verdict {
  verified: boolean;
  statusCode?: number;
  message?: string;
  headers?: Record<string, string>;
}

/** The emulator's connections. */
export interface Clients {
  /** @returns false if there is no such connection */
  send(connectionId: string, text: string): boolean;
  /** Runs `$connect`. */
  verifyClient(connectionId: string, request: IncomingMessage): Promise<Verdict>;
  /** Passes on the connection's messages, and runs `$disconnect` when it closes. */
  addClient(socket: EventEmitter, connectionId: string): void;
}

interface HttpServer {
  readonly server: Server;
  createServer(): Promise<void>;
}

/** Lets other code serve WebSockets in place of the emulator's own server, which ends the process at the first
 * malformed frame or request.
 * @param serve gets the HTTP server before it listens. The connections are known before the first request. */
export async function replaceWebSocketServer(
  serve: (server: Server, clients: () => Clients) => void,
): Promise<void> {
  const load = (name: string) => importInternal(`${FOLDER}${name}`);
  const { prototype: clientsOf } = (await load('WebSocketClients.js')).default;
  const { prototype: httpOf }: { prototype: HttpServer } = (await load('HttpServer.js')).default;
  const { prototype: webSocketsOf } = (await load('WebSocketServer.js')).default;
  const { addRoute } = clientsOf;
  const { createServer } = httpOf;
  let known: Clients | undefined;
  const clients = () => {
    if (!known) throw new Error('The emulator has no WebSocket routes yet.');
    return known;
  };
  clientsOf.addRoute = function (this: Clients, ...route: unknown[]) {
    known = this;
    return addRoute.apply(this, route);
  };
  httpOf.createServer = async function (this: HttpServer) {
    await createServer.call(this);
    serve(this.server, clients);
  };
  webSocketsOf.createServer = async () => {};
}
