import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Kafka, KafkaJSConnectionError, KafkaJSSASLAuthenticationError } from 'kafkajs';
import { deadlineIn } from '../../../lib/clock.ts';
import { until } from '../../../lib/concurrency/deadline.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { createBackOff } from '../../../lib/kafka/backOff.ts';
import { connectAny } from '../../../lib/kafka/client.ts';
import { createProducer } from '../../../lib/kafka/producer.ts';

/** Its types miss the message. */
const Refusal = KafkaJSSASLAuthenticationError as unknown as new (message: string) => Error;
const tooMany = () => new Refusal('SASL OAUTHBEARER authentication failed: Too many connects');
/** As KafkaJS's retrier throws it. */
const wrapped = () => new Error('Connection failed', { cause: tooMany() });
const away = () => new KafkaJSConnectionError('connect ECONNREFUSED');

const TIMEOUT_MS = 60_000;

/** Waits that take no time, and their lengths. */
function noted() {
  const pauses: number[] = [];
  const wait = async (ms: number) => {
    pauses.push(ms);
  };
  return { pauses, wait };
}

describe('after refused connections', () => {
  test('pauses grow from 200 milliseconds to a second, never beyond, and differ from client to client', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4 }), (randoms) => {
        const backOff = createBackOff(200, () => randoms.shift() ?? 0);
        const pauses = Array.from({ length: randoms.length }, () => backOff(wrapped()));
        for (const [at, pause] of pauses.entries()) {
          const longest = Math.min(1_000, 400 * 2 ** at);
          expect(pause).toBeGreaterThanOrEqual(longest / 2);
          expect(pause).toBeLessThanOrEqual(longest);
        }
      }),
    );
    const [least, most] = [0, 1].map((random) => createBackOff(200, () => random)(tooMany()));
    expect([least, most]).toEqual([200, 400]);
  });

  test('another fault has the usual pause, and the next refusal begins anew', () => {
    const backOff = createBackOff(200, () => 1);
    expect([tooMany(), wrapped(), away(), tooMany()].map(backOff)).toEqual([400, 800, 200, 400]);
  });
});

test('a client that connects pauses for longer and longer while brokers refuse it', async () => {
  const { pauses, wait } = noted();
  const faults = [tooMany(), wrapped(), tooMany(), tooMany(), away()];
  const make = () => ({
    connect: async () => {
      const fault = faults.shift();
      if (fault) throw fault;
    },
    disconnect: async () => {},
  });
  await connectAny(make, deadlineIn(TIMEOUT_MS), wait);
  const ranges = [
    [200, 400],
    [400, 800],
    [500, 1_000],
    [500, 1_000],
    [100, 100],
  ];
  expect(pauses).toHaveLength(ranges.length);
  for (const [at, [least = 0, most = 0]] of ranges.entries()) {
    expect(pauses[at]).toBeGreaterThanOrEqual(least);
    expect(pauses[at]).toBeLessThanOrEqual(most);
  }
});

test('a client that is refused until its deadline gives the refusal as its reason', async () => {
  const { wait } = noted();
  const fault = tooMany();
  const make = () => ({ connect: () => Promise.reject(fault), disconnect: async () => {} });
  await expect(connectAny(make, deadlineIn(0), wait)).rejects.toBe(fault);
});

describe('a producer', () => {
  type Partition = (args: object) => number;

  /** Connects at once; the leader of the only partition refuses so many connections. */
  function clientOf(faults: Error[], events: string[]): Kafka {
    const producer = ({ createPartitioner }: { createPartitioner: () => Partition }) => ({
      connect: async () => {
        events.push('connect');
      },
      disconnect: async () => {},
      send: async ({ topic, messages }: { topic: string; messages: object[] }) => {
        const partitionMetadata = [{ partitionId: 0, leader: 1 }];
        for (const message of messages) createPartitioner()({ topic, partitionMetadata, message });
        const fault = faults.shift();
        if (fault) throw fault;
        return [{ partition: 0, baseOffset: '0', logAppendTime: '-1' }];
      },
    });
    return { producer } as unknown as Kafka;
  }

  const record = { key: null, value: null };

  const makeProducer = (faults: Error[], events: string[]) => {
    const wait = async (ms: number) => {
      events.push(ms <= 200 ? 'usual pause' : 'long pause');
    };
    return createProducer(clientOf(faults, events), '', wait);
  };

  const produce = async (faults: Error[]) => {
    const events: string[] = [];
    const producer = makeProducer(faults, events);
    await producer.produce('votes', [record], deadlineIn(TIMEOUT_MS));
    await producer.disconnect();
    return events;
  };

  test('says of a record that was sent again that the log may have it twice', async () => {
    const appendedAfter = async (faults: Error[]) => {
      const producer = makeProducer(faults, []);
      const [appended] = await producer.produce('votes', [record], deadlineIn(TIMEOUT_MS));
      await producer.disconnect();
      return appended;
    };
    expect(await appendedAfter([])).not.toHaveProperty('isResent');
    expect(await appendedAfter([away()])).toHaveProperty('isResent', true);
  });

  test('that a broker refuses pauses before it connects again', async () => {
    expect(await produce([wrapped(), wrapped()])).toEqual([
      'connect',
      'long pause',
      'connect',
      'long pause',
      'connect',
    ]);
  });

  test('that is refused until its deadline opens no connection that nobody waits for', async () => {
    const events: string[] = [];
    const producer = makeProducer([wrapped()], events);
    // The first pause is longer.
    await expect(producer.produce('votes', [record], deadlineIn(150))).rejects.toThrow(UnavailableError);
    expect(events).toEqual(['connect']);
    await producer.produce('votes', [record], deadlineIn(TIMEOUT_MS));
    await producer.disconnect();
    expect(events).toEqual(['connect']);
  });

  test('whose callers are refused together connects again once for all of them', async () => {
    const events: string[] = [];
    const pauses: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => pauses.push(resolve));
    const producer = createProducer(clientOf([wrapped(), wrapped()], events), '', wait);
    const send = () => producer.produce('votes', [record], deadlineIn(TIMEOUT_MS));
    const [first, second] = [send(), send()];
    await until(async () => expect(pauses).toHaveLength(2), TIMEOUT_MS);
    // The longer pause ends after the other caller's new connection is in use.
    pauses[0]?.();
    await Promise.race([first, second]);
    pauses[1]?.();
    await Promise.all([first, second]);
    await producer.disconnect();
    expect(events).toEqual(['connect', 'connect']);
  });

  test('whose broker restarts connects again at once', async () => {
    expect(await produce([away()])).toEqual(['connect', 'connect', 'usual pause']);
  });
});
