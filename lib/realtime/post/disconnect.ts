import type { RealtimeConfig } from '../../config.ts';
import { outages } from '../../outages.ts';

export interface Disconnected {
  /** The connections that are closed now, including those that were already gone. */
  ended: string[];
  /** The first failure, if any. */
  error?: unknown;
}

/** Ends connections, all at the same time. Their clients reconnect and get the current state. */
export type Disconnect = (connectionIds: string[]) => Promise<Disconnected>;

/** Like `Disconnect`, but never rejects. Returns the ids that were disconnected. */
export type TryToDisconnect = (connectionIds: string[]) => Promise<string[]>;

/** Loads the AWS SDK on first use. */
export function createLazyDisconnect(config: RealtimeConfig): TryToDisconnect {
  let disconnect: Disconnect | undefined;

  async function load(): Promise<Disconnect> {
    const { createDisconnect } = await import('./deleteConnections.ts');
    disconnect = createDisconnect(config);
    return disconnect;
  }

  return async (connectionIds) => {
    if (connectionIds.length === 0) return [];
    let ended: string[] = [];
    await outages
      .watch('Disconnecting viewers', async () => {
        const result = await (disconnect ?? (await load()))(connectionIds);
        ended = result.ended;
        if ('error' in result) throw result.error;
      })
      .catch(() => {});
    return ended;
  };
}
