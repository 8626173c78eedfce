import type { Poll } from '../../domain/poll.ts';
import type { CommonWords } from '../words/words.ts';
import { fill, type Speaker } from './speak.ts';

/** `closing`: voting has ended and the last votes are counted. */
export type Phase = 'scheduled' | 'open' | 'closing' | 'final';

/** The phase now. A page knows that a poll has ended before the message arrives.
 * @param now the server's clock, milliseconds since 1970 */
export function phaseOf(poll: Poll, now: number): Phase {
  if (poll.status === 'closed') return 'final';
  if (poll.status === 'closing' || now >= Date.parse(poll.expired_at)) return 'closing';
  const isAhead = poll.status === 'scheduled' && now < Date.parse(poll.opens_at ?? '');
  return isAhead ? 'scheduled' : 'open';
}

const HOUR_MS = 3_600_000;

/** A duration under an hour as `4:05`; it is rounded up, so that it reaches 0:00 at the end and not before. */
export function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`;
}

/** When voting opens or ends, in words: a countdown under an hour, else the moment in the viewer's zone. */
export function describeTime(poll: Poll, now: number, words: CommonWords, say: Speaker): string {
  const phase = phaseOf(poll, now);
  if (phase === 'closing') return words.counting;
  if (phase === 'final') return words.final;
  const isAhead = phase === 'scheduled';
  const moment = Date.parse((isAhead && poll.opens_at) || poll.expired_at);
  if (moment - now < HOUR_MS)
    return fill(isAhead ? words.opensIn : words.closesIn, { time: clockFace(moment - now) });
  return fill(isAhead ? words.opensAt : words.closesAt, { time: say.moment(moment) });
}
