import type { RealtimeConfig } from '../../config.ts';
import { outages } from '../../outages.ts';

export interface Disconnected {
  /** No longer connected, among them those that were not before. */
  ended: string[];
  /** Why another one was not ended. */
  error?: unknown;
}

/** Ends connections, all at the same time. Their clients connect again and see the present. */
export type Disconnect = (connectionIds: string[]) => Promise<Disconnected>;

/** Ends as many, and returns those that it ended. Never rejects. */
export type TryToDisconnect = (connectionIds: string[]) => Promise<string[]>;

/** Loads what it takes when the first connection is to be ended. */
export function createDisconnecting(config: RealtimeConfig): TryToDisconnect {
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
