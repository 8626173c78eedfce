import { randomBytes, randomUUID } from 'node:crypto';
import { deadlineIn, monotonicMs } from '../../../lib/clock.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { expirePolls } from '../../../lib/polls/expirePolls.ts';
import {
  deleteOldUnsubscriptions,
  listOldConnections,
  markReconnectRequested,
} from '../../../lib/sql/agingConnections.ts';
import { announceDeletions, announceStates } from '../../../lib/sql/announcements.ts';
import { followBoard, refreshBoard } from '../../../lib/sql/boards.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import {
  deleteConnection,
  deleteConnections,
  insertConnections,
  listWaitingConnections,
} from '../../../lib/sql/connections.ts';
import { insertCreationKey, revokeCreationKey } from '../../../lib/sql/creationKeys.ts';
import { CREATION_LIFE_MS, deleteOldCreations, insertPoll } from '../../../lib/sql/creations.ts';
import { deleteLeftVotes, deletePoll } from '../../../lib/sql/deletePoll.ts';
import { rebuildTallies } from '../../../lib/sql/drift.ts';
import {
  clearBoardDue,
  clearPollsDue,
  makeFollowersDue,
  setBoardDue,
  setPollsDue,
} from '../../../lib/sql/dueViewers.ts';
import { warnOfExpiry } from '../../../lib/sql/expiry.ts';
import { closeEndedPolls, drawMark, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { reviseUnfinished } from '../../../lib/sql/replays.ts';
import {
  deleteSubscription,
  deleteSubscriptionsOf,
  insertSubscription,
  listWaitingSubscribers,
} from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { saveDecidedReceipts } from '../../../lib/sql/undecidedReceipts.ts';
import { saveSentPolls, setNextUpdatesDue } from '../../../lib/sql/watchedPolls.ts';
import { recordAttempts, takeDueAttempts } from '../../../lib/sql/webhookAttempts.ts';
import { aPoll, batchOf, someBallot, somePoll } from './polls.ts';

const HOUR_MS = 3_600_000;
const PARTITIONS = 3;
const SHARDS = 2;

/** Few of each, so that writers meet all the time. */
const POLLS = 8;
const CONNECTIONS = Array.from({ length: 12 }, (_, at) => `connection-${at}`);
const VOTERS = Array.from({ length: 40 }, (_, at) => `${at}`.padStart(32, '0'));
const CREATIONS = Array.from({ length: 4 }, () => randomBytes(32));

const whole = (below: number) => Math.floor(Math.random() * below);
const pick = <T>(from: T[]): T => from[whole(from.length)] as T;
const shuffled = <T>(from: T[]): T[] =>
  from
    .map((one) => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
const someOf = <T>(from: T[]): T[] => shuffled(from).slice(whole(from.length));
const ignore = async () => {};

const aCreation = () => ({ keyHash: pick(CREATIONS), requestHash: randomBytes(32) });

/** Something that writes, once. */
export type Writer = (sql: Sql) => Promise<unknown>;

/** Polls that exist or existed a moment ago; each deleted one is replaced by a new one. */
export async function pollsToWriteTo(sql: Sql): Promise<NewPoll[]> {
  return Promise.all(Array.from({ length: POLLS }, () => anotherPoll(sql)));
}

const anotherPoll = (sql: Sql) =>
  somePoll(sql, { size: 2 + whole(6), allowChange: whole(2) === 0, webhookUrl: 'https://receiver.test/' });

/** Everything that locks rows of polls and what belongs to them. */
export function writersOfPolls(polls: NewPoll[]): Record<string, Writer> {
  const ballots = () =>
    Array.from({ length: 60 }, () => {
      const poll = pick(polls);
      const choices = whole(5) === 0 ? 0 : 2 ** whole(poll.options.length);
      return someBallot(poll, { choices, voterKey: pick(VOTERS) });
    });
  const change = (changes: object) => (sql: Sql) =>
    changePoll(sql, pick(polls).id, changes).catch(unlessGone);
  const keys: (string | undefined)[] = [undefined, undefined, undefined];
  const ended = () => Date.now() + HOUR_MS + whole(1_000);
  const writers: Record<string, Writer> = {
    finalizePolls: (sql) => finalizePolls(sql, PARTITIONS, 0, ended() + HOUR_MS),
    drawMark: (sql) => drawMark(sql, 0, ended() + HOUR_MS),
    reviseUnfinished: (sql) => reviseUnfinished(sql, ended() - 2 * HOUR_MS, 0),
    expirePolls: async (sql) => {
      await warnOfExpiry(sql, 1, Date.now());
      await sql`update webhooks set expires_at = now() where poll_key = ${whole(2 * POLLS)}`;
      await expirePolls(sql, 1, Date.now() + 30 * HOUR_MS, deadlineIn(1_000));
    },
    closeEndedPolls: (sql) => closeEndedPolls(sql, ended()),
    announceStates: (sql) => announceStates(sql, ignore, Date.now()),
    announceDeletions: (sql) => announceDeletions(sql, ignore),
    refreshBoard,
    close: change({ closed: true }),
    reopen: (sql) => change({ expired_at: Date.now() + HOUR_MS })(sql),
    list: (sql) => change({ listed: whole(2) === 0 })(sql),
    reword: (sql) => change({ question: `Which one, number ${whole(9)}?` })(sql),
    rebuild: (sql) => rebuildTallies(sql, pick(polls).id),
    deletePoll: async (sql) => {
      const at = whole(polls.length);
      await deletePoll(sql, (polls[at] as NewPoll).id);
      polls[at] = await anotherPoll(sql);
    },
    deleteLeftVotes: (sql) => deleteLeftVotes(sql, deadlineIn(1_000)),
    tries: async (sql) => {
      const taken = await takeDueAttempts(sql, Date.now() + whole(2) * HOUR_MS, 50);
      const events = ['poll.closed', 'poll.expiring'] as const;
      const made = events.flatMap((event) => taken.map((one) => ({ ...one, event, nextAt: Date.now() })));
      await recordAttempts(sql, shuffled(made));
    },
    createWithKey: (sql) => insertPoll(sql, aPoll(), aCreation(), pick(keys)),
    replaceKey: async (sql) => {
      const id = randomUUID();
      await insertCreationKey(sql, { id, name: id, maxOpenPolls: 1_000, maxPerMinute: 1_000 });
      keys[whole(keys.length)] = id;
    },
    revokeKey: (sql) => revokeCreationKey(sql, `${pick(keys)}`),
    create: (sql) => insertPoll(sql, aPoll(), aCreation()),
    deleteOldCreations: (sql) => deleteOldCreations(sql, Date.now() + CREATION_LIFE_MS, monotonicMs()),
  };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    writers[`tally ${partition}`] = async (sql) => {
      const mark = { number: await drawMark(sql, 0, 0), appendTime: ended() + 3 * HOUR_MS };
      await tallyBallots(sql, { ...batchOf(ballots(), partition), mark });
    };
  }
  return writers;
}

function unlessGone(error: Error): void {
  if (!('code' in error) || !['poll_not_found', 'has_votes', 'invalid_request'].includes(`${error.code}`))
    throw error;
}

/** Everything that locks rows of connections and subscriptions. */
export function writersOfConnections(polls: NewPoll[]): Record<string, Writer> {
  const some = () => someOf(CONNECTIONS);
  const pollIds = () => someOf(polls).map(({ id }) => id);
  const subscriptions = () =>
    some().flatMap((connectionId) => pollIds().map((pollId) => ({ connectionId, pollId })));
  const newShard = 0;
  return {
    insertConnections: (sql) =>
      insertConnections(
        sql,
        some().map((id) => ({ id, shard: whole(SHARDS) })),
      ),
    insertSubscription: (sql) =>
      insertSubscription(sql, {
        connectionId: pick(CONNECTIONS),
        pollId: pick(polls).id,
        newShard,
        hasVoted: false,
        receipt: pick([undefined, 'undecided']),
        askedAt: Date.now() - whole(3),
      }),
    followBoard: (sql) => followBoard(sql, pick(CONNECTIONS), newShard),
    deleteConnection: (sql) => deleteConnection(sql, pick(CONNECTIONS)),
    deleteConnections: (sql) => deleteConnections(sql, some()),
    deleteOldConnections: async (sql) => {
      await sql`
        update connections set connected_at = now() - interval '1 day' where connection_id = ${pick(CONNECTIONS)}`;
      await sql`update watched_polls set sent_at = now() - interval '1 day' where poll_id = ${pick(polls).id}`;
      await deleteConnections(sql, await listOldConnections(sql));
    },
    deleteSubscription: (sql) =>
      deleteSubscription(sql, pick(CONNECTIONS), pick(polls).id, Date.now() - whole(3)),
    saveDecidedReceipts: (sql) =>
      saveDecidedReceipts(
        sql,
        whole(2) === 0 ? { shard: whole(SHARDS) } : { connectionId: pick(CONNECTIONS) },
        shuffled(pollIds()).map((pollId) => ({ pollId, receipt: 'undecided', hasVoted: whole(2) === 0 })),
      ),
    deleteOldUnsubscriptions: async (sql) => {
      await sql`update unsubscriptions set noted_at = now() - interval '1 hour' where poll_id = ${pick(polls).id}`;
      await deleteOldUnsubscriptions(sql);
    },
    deleteSubscriptionsOf: (sql) => deleteSubscriptionsOf(sql, whole(SHARDS), pollIds()),
    setBoardDue: (sql) => setBoardDue(sql, some(), 0),
    clearBoardDue: async (sql) =>
      clearBoardDue(sql, shuffled(await listWaitingConnections(sql, whole(SHARDS)))),
    makeFollowersDue: (sql) => makeFollowersDue(sql, whole(SHARDS), ''),
    setPollsDue: (sql) => setPollsDue(sql, shuffled(subscriptions()), 0),
    clearPollsDue: async (sql) =>
      clearPollsDue(sql, shuffled(await listWaitingSubscribers(sql, whole(SHARDS)))),
    markReconnectRequested: (sql) => markReconnectRequested(sql, some()),
    setNextUpdatesDue: (sql) => setNextUpdatesDue(sql, whole(SHARDS), pollIds(), whole(2) * 400 || null),
    saveSentPolls: (sql) =>
      saveSentPolls(
        sql,
        whole(SHARDS),
        pollIds().map((pollId) => ({
          pollId,
          version: 1,
          stateVersion: 1,
          status: 'open' as const,
          viewers: 1,
          countedAt: new Date(),
          isFollowed: whole(2) === 0,
        })),
      ),
  };
}
