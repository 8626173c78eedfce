import type { DirectMessage } from '../kafka/standingsRecord.ts';
import { log } from '../log.ts';
import { outages } from '../outages.ts';
import { deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import type { Delivery, FanOut, Missed } from './post/fanOut.ts';
import { inTurns, untilDeadline } from './post/postingOrder.ts';

/** The rounds that try to deliver a message: a phone that hangs costs the other connections time. */
const MAX_TRIES = 3;
/** About 2 MB per shard. Clients of dropped messages can look up their receipts. */
const MAX_KEPT = 5_000;

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
  tries: number;
}

function toPending({ connectionId, message }: DirectMessage): PendingMessage {
  // The client has sent a message, so its `$connect` has returned.
  return { connectionId, payload: Buffer.from(JSON.stringify(message)), isYoung: false, tries: 0 };
}

/** The messages that a later round may deliver. A refused post would be refused again. */
function retryable(pending: PendingMessage[], missed: Missed[]): PendingMessage[] {
  const payloads = new Set(missed.flatMap(({ reason, payload }) => (reason === 'refused' ? [] : [payload])));
  return pending
    .filter(({ payload, tries }) => payloads.has(payload) && tries + 1 < MAX_TRIES)
    .map((message) => ({ ...message, tries: message.tries + 1 }));
}

/** Keeps undelivered messages in memory for the shard's next round. If the process ends, clients can still
 * look up their receipts. */
export function createDirectDelivery(database: Database): DeliverDirect {
  const kept = new Map<number, PendingMessage[]>();
  return async (shard, fanOut, messages, deadline) => {
    const pending = [...(kept.get(shard) ?? []), ...messages.map(toPending)];
    kept.delete(shard);
    if (pending.length === 0) return;
    const late: PendingMessage[] = [];
    const { gone, missed } = await fanOut(untilDeadline(inTurns(pending), deadline, late));
    const retried = [...late, ...retryable(pending, missed)];
    // A concurrent round of this shard may have kept messages too.
    if (retried.length > 0) kept.set(shard, [...(kept.get(shard) ?? []), ...retried].slice(-MAX_KEPT));
    if (missed.length > 0 || late.length > 0) {
      const counts = { missed: missed.length, late: late.length, retried: retried.length };
      log.info('Some voters were not notified.', { shard, ...counts });
    }
    if (gone.length === 0) return;
    // If this fails, the next post finds the connections gone again.
    await outages
      .watch('Removing connections', () => database.run((sql) => deleteConnections(sql, gone)))
      .catch(() => {});
  };
}
