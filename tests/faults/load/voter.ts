import type { MadePoll } from '../../support/http/api.ts';

/** Times are milliseconds since 1970 by the driver's clock, with fractions. */
export interface Try {
  /** A bit per option position; 0 withdraws. */
  choices: number;
  sentAt: number;
  answeredAt: number;
  /** `unknown`: an answer 503, or none. It may have been accepted, and counts at most once. `strange`: the same with
   * an answer that no voter should get, after which the voter gives up. */
  answer: 'accepted' | 'refused' | 'unknown' | 'strange';
  /** Of an accepted one. */
  receipt?: string;
  /** The client was waiting to connect again, which after a long outage takes up to 30 s, so it sent nothing. */
  isUnsent?: boolean;
}

/** `mind`: once more for something else, after the first was accepted. `double`: twice at the same moment. */
export type Habit = 'once' | 'mind' | 'double';

export interface Voter {
  userId: string;
  poll: MadePoll;
  habit: Habit;
  by: 'http' | 'websocket';
  /** What this voter wants, the last in the end. */
  wishes: number[];
  /** In the order of sending. */
  tries: Try[];
}

export function optionIds({ options }: MadePoll, choices: number): string[] {
  return options.filter((_, position) => choices & (1 << position)).map(({ option_id }) => option_id);
}
