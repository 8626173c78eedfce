import type { Socket } from 'node:net';
import type { Disturbance } from './faultyProxy.ts';

type Direction = 'requests' | 'answers';

interface Piece {
  /** Undefined: the sender has ended the connection. */
  bytes: Buffer | undefined;
  cameAt: number;
}

/** One direction of a proxied connection: what comes in, in its order, and goes out as the network lets it. */
export class Lane {
  readonly #pieces: Piece[] = [];
  readonly #direction: Direction;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #present: () => Disturbance | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(direction: Direction, from: Socket, to: Socket, present: () => Disturbance | undefined) {
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#present = present;
    from.on('data', (bytes) => this.#take(bytes));
    // Bytes that were sent before an end still arrive, so an end queues behind them.
    from.on('end', () => this.#take(undefined)).on('error', () => this.#take(undefined));
  }

  /** Passes on what may go now. */
  pump(): void {
    clearTimeout(this.#timer);
    for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
      const waitMs = this.#waitMs(piece);
      if (waitMs === Number.POSITIVE_INFINITY) return;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        return;
      }
      this.#pieces.shift();
      this.#pass(piece);
    }
  }

  #take(bytes: Buffer | undefined): void {
    this.#pieces.push({ bytes, cameAt: performance.now() });
    this.pump();
  }

  #waitMs({ cameAt }: Piece): number {
    const present = this.#present();
    if (present?.does === 'delay') return cameAt + present.ms - performance.now();
    const isHeld =
      present?.does === 'hold' && (present.direction === 'both' || present.direction === this.#direction);
    return isHeld ? Number.POSITIVE_INFINITY : 0;
  }

  #pass({ bytes }: Piece): void {
    if (!this.#to.writable) return;
    const does = this.#direction === 'answers' ? this.#present()?.does : undefined;
    if (!bytes) {
      this.#to.end();
    } else if (does === 'cut') {
      this.#to.end(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      this.#from.destroy();
    } else {
      this.#to.write(bytes);
      if (does === 'half-close') this.#to.end();
    }
  }
}
