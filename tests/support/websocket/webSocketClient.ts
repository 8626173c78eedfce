import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';
import { expectMessageConforms } from '../http/conforms.ts';

type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A WebSocket client that keeps its messages in order, and checks them against `/asyncapi.json`. */
export interface WebSocketClient {
  readonly messages: ServerMessage[];
  /** The first matching message, among those not taken yet or from now on. */
  next<T extends ServerMessage['type']>(
    type: T,
    holds?: (message: MessageOf<T>) => boolean,
  ): Promise<MessageOf<T>>;
  /** Sends JSON, or text and bytes as they are. */
  send(frame: object | string | Buffer): void;
  /** Sends, and waits for the answer with the same `request_id`. */
  ask(frame: object): Promise<ServerMessage>;
  close(): Promise<void>;
}

/** Resolves when the connection is open. */
export async function openWebSocket(url: string): Promise<WebSocketClient> {
  const socket = new WebSocket(url);
  const messages: ServerMessage[] = [];
  const untaken: ServerMessage[] = [];
  let wake = () => {};
  let asked = 0;
  socket.on('message', (data) => {
    const message: ServerMessage = JSON.parse(data.toString());
    messages.push(message);
    untaken.push(message);
    wake();
  });
  await once(socket, 'open');

  async function take(holds: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (;;) {
      const index = untaken.findIndex(holds);
      const [found] = index < 0 ? [] : untaken.splice(index, 1);
      if (found) {
        expectMessageConforms(found);
        return found;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  const send = (frame: object | string | Buffer) =>
    socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));

  return {
    messages,
    next: async (type, holds = () => true) => {
      const isIt = (message: ServerMessage) =>
        message.type === type && holds(message as MessageOf<typeof type>);
      return (await take(isIt)) as MessageOf<typeof type>;
    },
    send,
    ask: (frame) => {
      const request_id = `asked ${asked++}`;
      send({ ...frame, request_id });
      return take((message) => 'request_id' in message && message.request_id === request_id);
    },
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
