/** Messages of a connection that run at a time. The connection of a client that sends more is paused, so that a flood
 * waits at the client and not in memory while the functions wait for a server. */
export const MAX_RUNNING = 100;

interface Lane {
  socket: { pause(): void; resume(): void };
  running: number;
  /** Messages that had arrived before the pause: those of one read. */
  waiting: (() => void)[];
}

/** Bounds the messages that run for each connection, in the order of their arrival. */
export class MessageLanes {
  readonly #lanes = new Map<string, Lane>();

  open(connectionId: string, socket: Lane['socket']): void {
    this.#lanes.set(connectionId, { socket, running: 0, waiting: [] });
  }

  /** Drops the messages that have not run. */
  close(connectionId: string): void {
    this.#lanes.delete(connectionId);
  }

  /** Runs the message now or after others, unless the connection closes first. */
  take(connectionId: string, run: () => void): void {
    const lane = this.#lanes.get(connectionId);
    if (!lane) return;
    if (lane.running < MAX_RUNNING) {
      lane.running += 1;
      run();
      return;
    }
    if (lane.waiting.push(run) === 1) lane.socket.pause();
  }

  /** Call it when a message has been answered. */
  finish(connectionId: string): void {
    const lane = this.#lanes.get(connectionId);
    if (!lane) return;
    const next = lane.waiting.shift();
    if (next) next();
    else lane.running -= 1;
    if (next && lane.waiting.length === 0) lane.socket.resume();
  }
}
