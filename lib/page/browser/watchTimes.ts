import type { Poll } from '../../domain/poll.ts';
import { serverNow } from './connect.ts';

/** Draws at each full second until the end, which the owner may move meanwhile. */
export function watchTimes(poll: () => Poll, draw: () => void): void {
  const tick = () => {
    draw();
    const { status, opens_at, expired_at } = poll();
    const moment = Date.parse((status === 'scheduled' && opens_at) || expired_at);
    const left = moment - serverNow();
    const untilSecond = ((left % 1_000) + 1_000) % 1_000 || 1_000;
    const isOver = status === 'closing' || status === 'closed';
    setTimeout(tick, isOver ? 2_000 : untilSecond);
  };
  tick();
}
