import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchedMessage } from '../../../lib/offline/event-source/mskEvent.ts';
import { type LanePorts, PartitionLane } from '../../../lib/offline/event-source/partitionLane.ts';

type Step = 'fetch' | 'rebalance' | 'settle';

const RECORDS = 60;

/** A partition of `RECORDS` records, where each third is kept from the function, and a lane that reads it. */
class Partition {
  readonly handled: number[] = [];
  committed = 0;
  position = 0;
  readonly lane: PartitionLane;

  constructor(ports: Partial<LanePorts> = {}, previous = Promise.resolve()) {
    const all: LanePorts = {
      limits: { batchSize: 7, maxBytes: 1_000, windowMs: 0 },
      policy: { maximumRetryAttempts: 0, maximumRecordAgeMs: Infinity, bisectBatchOnFunctionError: false },
      filter: (value) => Number(`${value}`) % 3 !== 0,
      sizeOf: () => 1,
      attempt: async (messages) => {
        await Promise.resolve();
        this.handled.push(...messages.map(({ offset }) => Number(offset)));
        return { kind: 'succeeded' };
      },
      discard: async () => undefined,
      done: (_lane, offset) => this.#commit(offset),
      wantsMore: () => undefined,
      ...ports,
    };
    this.lane = new PartitionLane(0, all, previous);
  }

  #commit(offset: number): void {
    expect(offset).toBeGreaterThan(this.committed);
    for (let passed = this.committed; passed < offset; passed++) {
      expect(passed % 3 === 0 || this.handled.includes(passed)).toBe(true);
    }
    this.committed = offset;
  }

  fetch(count: number): void {
    const end = Math.min(this.position + count, RECORDS);
    if (end === this.position) return;
    const messages = Array.from({ length: end - this.position }, (_, i) => record(this.position + i));
    this.position = end;
    this.lane.accept(messages, end);
  }

  /** The consumer joins again and fetches from the last commit, as after any rebalance. */
  rebalance(): void {
    this.lane.hold();
    this.position = this.committed;
    this.lane.resumeAfterRebalance();
  }
}

function record(offset: number): FetchedMessage {
  return { key: null, value: Buffer.from(`${offset}`), offset: `${offset}`, timestamp: '0' };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  test('commits nothing unhandled and sends nothing twice, whenever rebalances happen', async () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom<Step>('fetch', 'rebalance', 'settle'), fc.nat({ max: 20 })),
    );
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const partition = new Partition();
        for (const [step, count] of steps) {
          if (step === 'fetch') partition.fetch(count);
          else if (step === 'rebalance') partition.rebalance();
          else for (let i = 0; i < count; i++) await Promise.resolve();
        }
        partition.fetch(RECORDS);
        while (partition.committed < RECORDS) await turn();
        partition.lane.finish();
        await partition.lane.settled;
        const wanted = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => i % 3 !== 0);
        expect(partition.handled).toEqual(wanted);
      }),
    );
  });

  test('that is fenced commits none of its records in flight', async () => {
    const release = Promise.withResolvers<void>();
    const attempt: LanePorts['attempt'] = async () => {
      await release.promise;
      return { kind: 'succeeded' };
    };
    const partition = new Partition({ attempt });
    partition.fetch(5);
    await turn();
    partition.lane.fence();
    release.resolve();
    await partition.lane.settled;
    expect(partition.committed).toBe(0);
  });

  test('starts nothing while it is held', async () => {
    const partition = new Partition();
    partition.lane.hold();
    partition.fetch(5);
    await turn();
    expect(partition.handled).toEqual([]);
    partition.lane.fence();
    await partition.lane.settled;
  });

  test('waits for the end of the partition’s previous lane', async () => {
    const previous = Promise.withResolvers<void>();
    const attempts: number[] = [];
    const attempt: LanePorts['attempt'] = async (messages) => {
      attempts.push(messages.length);
      return { kind: 'succeeded' };
    };
    const partition = new Partition({ attempt, filter: null, done: () => undefined }, previous.promise);
    partition.fetch(1);
    await turn();
    expect(attempts).toEqual([]);
    previous.resolve();
    await turn();
    expect(attempts).toEqual([1]);
    partition.lane.fence();
  });

  test('pauses fetching when too much waits, and resumes at half of it', async () => {
    const wants: boolean[] = [];
    const gate = Promise.withResolvers<void>();
    const attempt: LanePorts['attempt'] = async () => {
      await gate.promise;
      return { kind: 'succeeded' };
    };
    const partition = new Partition({
      attempt,
      filter: null,
      sizeOf: () => 100,
      done: () => undefined,
      wantsMore: (want) => void wants.push(want),
    });
    partition.fetch(40);
    expect(wants).toEqual([false]);
    gate.resolve();
    await turn();
    partition.lane.fence();
    expect(wants).toEqual([false, true]);
  });
});
