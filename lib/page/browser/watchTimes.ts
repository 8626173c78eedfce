import type { Poll } from '../../domain/poll.ts';
import { serverNow } from './connect.ts';

const HOUR_MS = 3_600_000;
/** Its owner may shorten it meanwhile. */
const LOOK_EVERY_MS = 1_000;

/** Draws at each full second while a countdown runs, and when one begins. */
export function watchTimes(poll: () => Poll, draw: () => void): void {
  const tick = () => {
    draw();
    const { status, opens_at, expired_at } = poll();
    const moment = Date.parse((status === 'scheduled' && opens_at) || expired_at);
    const left = moment - serverNow();
    const untilSecond = ((left % 1_000) + 1_000) % 1_000 || 1_000;
    const isOver = status === 'closing' || status === 'closed';
    setTimeout(tick, left > HOUR_MS ? LOOK_EVERY_MS : isOver ? 2_000 : untilSecond);
  };
  tick();
}
