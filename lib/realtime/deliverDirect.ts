import type { DirectMessage } from '../kafka/standingsRecord.ts';
import { log } from '../log.ts';
import { outages } from '../outages.ts';
import { deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import type { Delivery, FanOut, Missed } from './post/fanOut.ts';

/** A message that did not arrive goes with this many rounds in all: a phone that hangs takes the time of others. */
const MAX_TRIES = 3;
/** Of a shard, some 2 MB; of the others, receipts tell. */
const MAX_KEPT = 5_000;

/** Passes messages on to the connections of a shard that they are meant for, with those that did not arrive in the
 * rounds before. Never rejects. */
export type DeliverDirect = (shard: number, fanOut: FanOut, messages: DirectMessage[]) => Promise<void>;

interface Word extends Delivery {
  tries: number;
}

function wordOf({ connectionId, message }: DirectMessage): Word {
  // It has sent a message: its `$connect` has returned.
  return { connectionId, payload: Buffer.from(JSON.stringify(message)), isYoung: false, tries: 0 };
}

/** Those that may yet arrive. What is refused now is refused again. */
function leftOf(words: Word[], missed: Missed[]): Word[] {
  const payloads = new Set(missed.flatMap(({ reason, payload }) => (reason === 'refused' ? [] : [payload])));
  return words
    .filter(({ payload, tries }) => payloads.has(payload) && tries + 1 < MAX_TRIES)
    .map((word) => ({ ...word, tries: word.tries + 1 }));
}

/** What did not arrive is kept in this process and goes with the shard's next round: of a vote, its receipt tells as
 * well, so a process that ends takes nothing with it that cannot be asked for. */
export function createDirectDelivery(database: Database): DeliverDirect {
  const kept = new Map<number, Word[]>();
  return async (shard, fanOut, messages) => {
    const words = [...(kept.get(shard) ?? []), ...messages.map(wordOf)];
    kept.delete(shard);
    if (words.length === 0) return;
    const { gone, missed } = await fanOut(words);
    const left = leftOf(words, missed);
    // Another round of this shard, begun since, may have kept some as well.
    if (left.length > 0) kept.set(shard, [...(kept.get(shard) ?? []), ...left].slice(-MAX_KEPT));
    if (missed.length > 0) {
      log.info('Some voters were not told.', { shard, missed: missed.length, told_again: left.length });
    }
    if (gone.length === 0) return;
    // If this fails, the next post finds them gone as well.
    await outages
      .watch('Forgetting connections', () => database.run((sql) => deleteConnections(sql, gone)))
      .catch(() => {});
  };
}
