import { randomUUID } from 'node:crypto';
import { nextBoard, noBoard } from '../../../lib/client/boardState.ts';
import type {
  LeaderboardInit,
  LeaderboardUpdate,
  ServerMessage,
} from '../../../lib/contract/messageTypes.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import { somePoll } from '../../support/database/polls.ts';
import { expectMessageConforms } from '../../support/http/conforms.ts';

const YEAR_MS = 31_536_000_000;

/** An open poll with so many options and no votes; its id. */
export async function openPoll(sql: Sql, optionCount: number): Promise<string> {
  const id = randomUUID();
  await somePoll(sql, { id, size: optionCount, expiredAt: Date.now() + YEAR_MS });
  return id;
}

/** Sets the counts of a poll's options, by position. */
export async function setVotes(sql: Sql, pollId: string, votes: number[]): Promise<void> {
  await sql`
    update tallies set votes = counted, is_stale = true
    from unnest(${`{${votes.join()}}`}::bigint[]) with ordinality as given (counted, place)
    where poll_id = ${pollId}::uuid and position = place - 1`;
}

/** Makes a connection so old that it is no longer taken for one whose `$connect` still runs. */
export async function age(sql: Sql, connectionId: string): Promise<void> {
  await sql`
    update connections set connected_at = now() - interval '1 hour' where connection_id = ${connectionId}`;
}

/** Lets a connection that was not reachable be tried again at once. */
export async function endRest(sql: Sql): Promise<void> {
  await sql`update connections set board_due_at = now() where board_due_at is not null`;
}

/** Lets the shards send their next board at once. */
export async function endPause(sql: Sql): Promise<void> {
  await sql`
    update boards set saved_at = saved_at - interval '1 second', due_at = due_at - interval '1 second'`;
}

export type BoardMessage = LeaderboardInit | LeaderboardUpdate;

/** The board of a client that received these messages, each of which is held to `/asyncapi.json`. */
export function boardAfter(messages: ServerMessage[]) {
  messages.forEach(expectMessageConforms);
  return (messages as BoardMessage[]).reduce(nextBoard, noBoard);
}
