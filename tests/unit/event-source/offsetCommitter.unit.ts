import { describe, expect, test } from '@jest/globals';
import { OffsetCommitter, type PartitionOffset } from '../../../lib/offline/event-source/offsetCommitter.ts';
import { type LanePorts, PartitionLane } from '../../../lib/offline/event-source/partitionLane.ts';

const ports: LanePorts = {
  limits: { batchSize: 1, maxBytes: 1, windowMs: 0 },
  policy: { maximumRetryAttempts: 0, maximumRecordAgeMs: Infinity, bisectBatchOnFunctionError: false },
  filter: null,
  sizeOf: () => 1,
  attempt: async () => ({ kind: 'succeeded' }),
  discard: async () => undefined,
  done: () => undefined,
  wantsMore: () => undefined,
};
const lane = (partition: number) => new PartitionLane(partition, ports, Promise.resolve());

/** A committer whose requests wait until they are answered here. */
function slowCommitter() {
  const requests: { offsets: readonly PartitionOffset[]; answer: PromiseWithResolvers<void> }[] = [];
  const committer = new OffsetCommitter((offsets) => {
    const answer = Promise.withResolvers<void>();
    requests.push({ offsets, answer });
    return answer.promise;
  });
  return { committer, requests };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the committer', () => {
  test('sends offsets that arrive during a request in the next, the newest of each partition', async () => {
    const { committer, requests } = slowCommitter();
    const [a, b] = [lane(0), lane(1)];
    committer.done(a, 10);
    committer.done(a, 20);
    committer.done(b, 5);
    committer.done(a, 30);
    expect(requests.map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 10 }]]);
    requests[0]?.answer.resolve();
    await turn();
    expect(requests[1]?.offsets).toEqual([
      { partition: 0, offset: 30 },
      { partition: 1, offset: 5 },
    ]);
    requests[1]?.answer.resolve();
    await committer.flush();
    expect(requests).toHaveLength(2);
  });

  test('repeats a failed commit, unless a newer offset has arrived or the lane has lost its partition', async () => {
    const { committer, requests } = slowCommitter();
    const [kept, overtaken, lost] = [lane(0), lane(1), lane(2)];
    committer.done(kept, 1);
    for (const each of [kept, overtaken, lost]) committer.done(each, 10);
    requests[0]?.answer.resolve();
    await turn();
    expect(requests[1]?.offsets).toHaveLength(3);
    committer.done(overtaken, 20);
    lost.fence();
    requests[1]?.answer.reject(new Error('rebalance in progress'));
    while (requests.length < 3) await turn();
    expect(requests[2]?.offsets).toEqual([
      { partition: 1, offset: 20 },
      { partition: 0, offset: 10 },
    ]);
    requests[2]?.answer.resolve();
    await committer.flush();
  });
});
