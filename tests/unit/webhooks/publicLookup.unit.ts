import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { publicLookup } from '../../../lib/webhooks/postWebhook.ts';

const PUBLIC = ['8.8.8.8', '2606:4700::1111'];

function lookUp(...answers: string[][]) {
  const asked: string[] = [];
  const lookup = publicLookup(async (name) => {
    asked.push(name);
    const answer = answers.shift();
    if (!answer) throw new Error('The name servers are silent.');
    return answer;
  });
  const found = new Promise<string | LookupAddress[]>((resolve, reject) => {
    lookup('hooks.example', { all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });
  return { asked, found };
}

describe('looking up the receiver of a webhook', () => {
  test('returns all addresses of its name, with one query', async () => {
    const { asked, found } = lookUp(PUBLIC, ['127.0.0.1']);
    expect(await found).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(asked).toEqual(['hooks.example']);
  });

  test.each([['127.0.0.1'], ['::1'], ['10.1.2.3'], ['fd00:ec2::254'], ['64:ff9b::a00:1'], ['nonsense']])(
    'fails if one of them is %s, whatever the others are',
    async (address) => {
      const refused = `hooks.example resolves to ${address}, which is not public.`;
      await expect(lookUp([address]).found).rejects.toThrow(refused);
      await expect(lookUp([...PUBLIC, address]).found).rejects.toThrow(refused);
      await expect(lookUp([address, ...PUBLIC]).found).rejects.toMatchObject({ code: 'bad_target' });
    },
  );

  test('fails for a name without an address, or without an answer', async () => {
    await expect(lookUp([]).found).rejects.toThrow('hooks.example has no address.');
    await expect(lookUp().found).rejects.toThrow('The name servers are silent.');
  });
});
