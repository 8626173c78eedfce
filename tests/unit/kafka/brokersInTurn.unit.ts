import { expect, test } from '@jest/globals';
import { brokersInTurn } from '../../../lib/kafka/patches/brokersInTurn.ts';

/** The broker of a new client, cut as KafkaJS cuts it. */
async function nextOf({ brokers }: ReturnType<typeof brokersInTurn>): Promise<[string, number]> {
  const [broker = '', ...more] = typeof brokers === 'function' ? await brokers() : brokers;
  expect(more).toEqual([]);
  const [host = '', port] = broker.split(':');
  return [host, Number(port)];
}

test('each client has the next broker', async () => {
  const settings = brokersInTurn(['a:1', 'b:2', 'c:3']);
  const seen = [await nextOf(settings), await nextOf(settings), await nextOf(settings)];
  expect(seen.sort()).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
});

test('an IPv6 address keeps its port when KafkaJS cuts it', async () => {
  const [host, port] = await nextOf(brokersInTurn(['[2001:db8::1]:9092']));
  expect(host).toHaveLength('2001:db8::1'.length);
  expect(port).toBe(9092);
});
