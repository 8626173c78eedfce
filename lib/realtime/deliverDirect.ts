import { UnavailableError } from '../errors.ts';
import type { DirectMessage } from '../kafka/standingsRecord.ts';
import { outages } from '../outages.ts';
import { deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import type { Delivery, FanOut, Missed } from './post/fanOut.ts';
import { inTurns, untilDeadline } from './post/postingOrder.ts';

/** The rounds that try to deliver a message: a phone that hangs costs the other connections time. */
const MAX_TRIES = 3;
/** A post that timed out may have arrived; so may its second one. */
const MAX_TIMEOUTS = 2;
/** About 2 MB per shard. Clients of dropped messages can look up their receipts. */
const MAX_KEPT = 5_000;
/** About 8 MB. A vote and its outcome are repeated within seconds, after faults. */
const MAX_TOLD = 50_000;

/** Among many voters there is always one whose phone hangs. */
const MAX_FAILED_SHARE = 0.1;

const WHAT = 'Notifying single connections';

/** Delivers messages to single connections of a shard, including the undelivered ones of earlier rounds.
 * Never rejects.
 * @param deadline of the monotonic clock; what is left then has its turn in the next round */
export type DeliverDirect = (
  shard: number,
  fanOut: FanOut,
  messages: DirectMessage[],
  deadline: number,
) => Promise<void>;

interface PendingMessage extends Delivery {
  /** The voter's connection and the vote, if this is the outcome of one. */
  outcome: string | undefined;
  tries: number;
  timeouts: number;
}

function toPending({ connectionId, message, vote }: DirectMessage): PendingMessage {
  const outcome = vote === undefined ? undefined : `${connectionId} ${vote}`;
  const payload = Buffer.from(JSON.stringify(message));
  // The client has sent a message, so its `$connect` has returned.
  return { connectionId, payload, isYoung: false, outcome, tries: 0, timeouts: 0 };
}

/** The messages that a later round may deliver. A refused post would be refused again. */
function retryable(pending: PendingMessage[], missed: Missed[]): PendingMessage[] {
  const reasons = new Map(missed.map(({ payload, reason }) => [payload, reason]));
  return pending.flatMap((message) => {
    const reason = reasons.get(message.payload);
    if (reason === undefined || reason === 'refused') return [];
    const timeouts = message.timeouts + (reason === 'timed_out' ? 1 : 0);
    const next = { ...message, tries: message.tries + 1, timeouts };
    return next.tries < MAX_TRIES && timeouts < MAX_TIMEOUTS ? [next] : [];
  });
}

/** Finds repeated outcomes among the last ones. Memory only, so another process may repeat them.
 * @returns whether a message is not one of them */
function createRepeatFilter(): (message: PendingMessage) => boolean {
  const told = new Set<string>();
  return ({ outcome }) => {
    if (outcome === undefined) return true;
    if (told.has(outcome)) return false;
    told.add(outcome);
    const [oldest] = told;
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest);
    return true;
  };
}

/** Keeps undelivered messages in memory for the shard's next round. If the process ends, clients can still
 * look up their receipts. */
export function createDirectDelivery(database: Database): DeliverDirect {
  const kept = new Map<number, PendingMessage[]>();
  const isNew = createRepeatFilter();
  return async (shard, fanOut, messages, deadline) => {
    const pending = [...(kept.get(shard) ?? []), ...messages.map(toPending).filter(isNew)];
    kept.delete(shard);
    if (pending.length === 0) return;
    const late: PendingMessage[] = [];
    const { gone, missed } = await fanOut(untilDeadline(inTurns(pending), deadline, late));
    const retried = [...late, ...retryable(pending, missed)];
    // A concurrent round of this shard may have kept messages too.
    if (retried.length > 0) kept.set(shard, [...(kept.get(shard) ?? []), ...retried].slice(-MAX_KEPT));
    const failed = missed.length + late.length;
    if (failed > MAX_FAILED_SHARE * pending.length) {
      const counts = `${missed.length} missed, ${late.length} late, ${retried.length} to be tried again`;
      outages.fault(WHAT, new UnavailableError(`Messages of shard ${shard}: ${counts}.`));
    } else if (failed === 0) outages.successOfOne(WHAT);
    if (gone.length === 0) return;
    // If this fails, the next post finds the connections gone again.
    await outages
      .watch('Removing connections', () => database.run((sql) => deleteConnections(sql, gone)))
      .catch(() => {});
  };
}
