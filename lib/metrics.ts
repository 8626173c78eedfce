import type { MiddlewareObj } from '@middy/core';
import { metricsDimensions } from './config.ts';
import type { Measured, Unit, WriteEmf } from './emf.ts';
import { outages } from './outages.ts';

/** Every metric of the system with its unit. All have the same two dimensions, `service` and `stage`, because each
 * combination of dimension values is a metric of its own that is paid for. Every accepted vote becomes one of counted,
 * rejected or dead letter, so the sums show whether one is missing. */
export const METRICS = {
  /** Votes that were answered with a receipt. A vote that is refused at once is in API Gateway's 4xx. */
  VotesAccepted: 'Count',
  /** Ballots that became a vote, or a change of one. A batch that is counted again adds nothing. */
  VotesCounted: 'Count',
  /** Accepted votes that did not count, by reason. */
  RejectedAlreadyVoted: 'Count',
  RejectedPollClosed: 'Count',
  RejectedPollNotOpen: 'Count',
  RejectedPollChanged: 'Count',
  RejectedPollDeleted: 'Count',
  /** From acceptance to count. */
  TallyLag: 'Milliseconds',
  /** Records of `votes` that were set aside, once for each time. */
  DeadLetters: 'Count',
  /** Posts to WebSocket connections, whatever the answer; the next two are part of it. */
  Posts: 'Count',
  /** 410. */
  PostsGone: 'Count',
  /** 429. */
  PostsThrottled: 'Count',
  /** A round of a shard. */
  TickLength: 'Milliseconds',
  /** Open WebSocket connections. */
  Connections: 'Count',
  /** Options whose tally differs from their votes, of the polls that were checked. */
  Drift: 'Count',
  /** Webhooks whose last retry failed. */
  WebhooksGivenUp: 'Count',
  /** Lambda sees no error of a migration that answers CloudFormation. */
  MigrationsFailed: 'Count',
} as const satisfies Record<string, Unit>;

export type MetricName = keyof typeof METRICS;

export const NAMESPACE = 'PoleParty';

export interface Meter {
  /** Whether the numbers are read. If not, callers need not compute any. */
  readonly isOn: boolean;
  count(name: MetricName, by?: number): void;
  /** Adds single values, of which CloudWatch makes percentiles. */
  sample(name: MetricName, values: number[]): void;
  /** Writes what was added since the last call as one line. Never rejects. */
  write(): Promise<void>;
}

/** Nobody reads metrics on a laptop; `npm run status` shows the same numbers. */
const OFF: Meter = { isOn: false, count() {}, sample() {}, async write() {} };

/** Creates a meter that writes CloudWatch's embedded metric format to stdout. */
export function createMeter(dimensions: ReturnType<typeof metricsDimensions>): Meter {
  if (!dimensions) return OFF;
  let added = new Map<MetricName, Measured>();
  let writer: WriteEmf | undefined;

  async function load(found: NonNullable<typeof dimensions>): Promise<WriteEmf> {
    const { createEmfWriter } = await import('./emf.ts');
    return createEmfWriter(NAMESPACE, found);
  }

  return {
    isOn: true,
    count(name, by = 1) {
      const [sum = 0] = added.get(name)?.values ?? [];
      added.set(name, { unit: METRICS[name], values: [sum + by] });
    },
    sample(name, more) {
      if (more.length === 0) return;
      const before = added.get(name)?.values ?? [];
      added.set(name, { unit: METRICS[name], values: [...before, ...more] });
    },
    async write() {
      if (added.size === 0) return;
      const measured = added;
      added = new Map();
      try {
        writer ??= await load(dimensions);
        writer(measured);
      } catch (error) {
        outages.fault('Writing metrics', error);
      }
    },
  };
}

let opened: Meter | undefined;

/** The meter of this process, with the configuration of its first use. */
export function meter(): Meter {
  opened ??= createMeter(metricsDimensions());
  return opened;
}

/** Writes the metrics of an invocation when it ends, failed or not. Use it first, so that it runs last. */
export function writeMetrics(): MiddlewareObj {
  const write = () => meter().write();
  return { after: write, onError: write };
}
