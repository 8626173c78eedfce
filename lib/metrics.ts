import type { MiddlewareObj } from '@middy/core';
import { monotonicMs } from './clock.ts';
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
  /** Postgres was too slow to look up the reason, or whether a later ballot of the same batch replaced it. */
  RejectedUnknown: 'Count',
  /** The time from a vote's acceptance to its count. */
  TallyLag: 'Milliseconds',
  /** Records of `votes` that became dead letters; a record counts each time. */
  DeadLetters: 'Count',
  /** Posts to WebSocket connections, whatever the answer; the next two are part of it. */
  Posts: 'Count',
  /** Posts that were answered 410: the connection is gone. */
  PostsGone: 'Count',
  /** Posts that were answered 429. */
  PostsThrottled: 'Count',
  /** The duration of a shard's round. */
  TickLength: 'Milliseconds',
  /** Open WebSocket connections. */
  Connections: 'Count',
  /** Options whose tally differs from their votes, of the polls that were checked. */
  Drift: 'Count',
  /** Webhooks whose last retry failed. */
  WebhooksGivenUp: 'Count',
  /** Failed migrations. If `migrate` reports the failure to CloudFormation, Lambda counts no error. */
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
  /** Writes what was added since the last line as one line: now, or as soon as the last one is old enough. Never
   * rejects. */
  write(): Promise<void>;
}

/** Nobody reads metrics on a laptop; `npm run status` shows the same numbers. */
const OFF: Meter = { isOn: false, count() {}, sample() {}, async write() {} };

const WHAT = 'Writing metrics';

/** A line for each vote would add a tenth to the cost of the vote. Numbers that wait in a frozen environment are written
 * when it thaws, and are lost only with it. */
const LINE_EVERY_MS = 1_000;

/** Creates a meter that writes CloudWatch's embedded metric format to stdout. */
export function createMeter(dimensions: ReturnType<typeof metricsDimensions>, lineEveryMs = 0): Meter {
  if (!dimensions) return OFF;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let added = new Map<MetricName, Measured>();
  let writer: WriteEmf | undefined;

  async function load(found: NonNullable<typeof dimensions>): Promise<WriteEmf> {
    const { createEmfWriter } = await import('./emf.ts');
    return createEmfWriter(NAMESPACE, found);
  }

  async function writeLine(found: NonNullable<typeof dimensions>): Promise<void> {
    const measured = added;
    added = new Map();
    writtenAt = monotonicMs();
    try {
      writer ??= await load(found);
      writer(measured);
      outages.success(WHAT);
    } catch (error) {
      outages.fault(WHAT, error);
    }
  }

  return {
    isOn: true,
    count(name, by = 1) {
      const [sum = 0] = added.get(name)?.values ?? [];
      added.set(name, { unit: METRICS[name], values: [sum + by] });
    },
    sample(name, more) {
      if (more.length === 0) return;
      const measured = added.get(name) ?? { unit: METRICS[name], values: [] };
      // In place: a second's values come in many batches.
      for (const value of more) measured.values.push(value);
      added.set(name, measured);
    },
    async write() {
      if (added.size === 0 || timer) return;
      const dueMs = writtenAt + lineEveryMs - monotonicMs();
      if (dueMs <= 0) return writeLine(dimensions);
      timer = setTimeout(() => {
        timer = undefined;
        void writeLine(dimensions);
      }, dueMs).unref();
    },
  };
}

let opened: Meter | undefined;

/** The meter of this process, with the configuration of its first use. */
export function meter(): Meter {
  opened ??= createMeter(metricsDimensions(), LINE_EVERY_MS);
  return opened;
}

/** Writes the metrics of an invocation when it ends, even after a failure. Use it first, so that it runs last. */
export function writeMetrics(findMeter: () => Meter = meter): MiddlewareObj {
  const write = () => findMeter().write();
  return { after: write, onError: write };
}
