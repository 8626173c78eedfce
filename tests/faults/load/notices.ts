import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';

/** What the sender of one vote was told over its connection. */
export interface Notice {
  /** Undefined unless the vote was accepted. */
  receipt: string | undefined;
  /** How the vote ended: `counted`, or the reason of the rejection; each time that it came. */
  told: string[];
  /** Whether nothing has ended the connection, so that what is sent still arrives. */
  isListening(): boolean;
}

/** Records what WebSocket voters are told, below the client, which hears the first outcome of a vote only. */
export class Notices {
  readonly #all: Notice[] = [];
  readonly WebSocketClass: typeof WebSocket;

  constructor() {
    const record = (socket: WebSocket) => this.#record(socket);
    this.WebSocketClass = class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        record(this);
      }
    };
  }

  get all(): readonly Notice[] {
    return this.#all;
  }

  #record(socket: WebSocket): void {
    const byRequest = new Map<string, Notice>();
    const isListening = () => socket.readyState === WebSocket.OPEN;
    const noticeOf = (requestId: string): Notice => {
      const known = byRequest.get(requestId);
      if (known) return known;
      const notice: Notice = { receipt: undefined, told: [], isListening };
      byRequest.set(requestId, notice);
      this.#all.push(notice);
      return notice;
    };
    socket.addEventListener('message', ({ data }) => {
      const message: ServerMessage = JSON.parse(data);
      if (message.type !== 'VOTE_STATUS') return;
      // The client gives one to each vote.
      const notice = noticeOf(message.request_id ?? '');
      if (message.status === 'accepted') notice.receipt = message.receipt;
      else notice.told.push(message.reason ?? message.status);
    });
  }
}
