import type { DirectMessage } from '../kafka/standingsRecord.ts';
import { log } from '../log.ts';
import type { AnySql } from '../sql/client.ts';
import { deleteConnections } from '../sql/deleteConnections.ts';
import type { FanOut } from './fanOut.ts';

/** Passes messages on to the connections they are meant for. One that cannot be reached is left at that: what it
 * was to hear of a vote, the receipt tells as well. */
export async function passOn(sql: AnySql, fanOut: FanOut, messages: DirectMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const deliveries = messages.map(({ connectionId, message }) => ({
    connectionId,
    payload: Buffer.from(JSON.stringify(message)),
    // It has sent a message: its `$connect` has returned.
    isYoung: false,
  }));
  const { gone, missed } = await fanOut(deliveries);
  if (gone.length > 0) await deleteConnections(sql, gone);
  if (missed.length > 0) log.info('some voters were not told', { missed: missed.length });
}
