import { monotonicMs, wallClockMs } from '../../clock.ts';
import { timestampOf } from '../views/timestampOf.ts';

/** The server's clock, as its messages tell: that of a phone may be wrong by minutes. */
let offset: number | undefined;

/** Milliseconds since 1970; the device's clock until the server has been heard. */
export function serverNow(): number {
  return offset === undefined ? wallClockMs() : monotonicMs() + offset;
}

/** Messages are late and never early, so the largest offset is the best one. A device's sleep, which stops the monotonic
 * clock, makes it larger as well. */
function heard(timestamp: unknown): void {
  const measured = Date.parse(`${timestamp}`) - monotonicMs();
  if (measured > (offset ?? Number.NEGATIVE_INFINITY)) offset = measured;
}

/** A WebSocket that reads the time in the messages that have one. */
export class ClockedSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.addEventListener('message', ({ data }) => {
      const time = timestampOf(`${data}`);
      if (time) heard(time);
    });
  }
}

/** `fetch` that reads the time of answers, which is exact to the second: half of one is added on average. */
export const clockedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const date = response.headers.get('date');
  if (date && offset === undefined) heard(date);
  return response;
};
