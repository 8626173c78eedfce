import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cloudfrontMonth,
  costsOfMillion,
  DEPLOYMENTS,
  monthlyCosts,
  sumOf,
  WAF_RULES,
} from '../../../lib/infra/costs/costs.ts';
import { costTables } from '../../../lib/infra/costs/costTables.ts';

test('the page has the tables that the command prints', () => {
  const page = readFileSync('lib/infra/costs/COSTS.md', 'utf8');
  for (const table of costTables()) expect(page).toContain(table);
});

describe('a month at rest', () => {
  test.each([
    ['production', 700],
    ['demo', 166],
    ['asleep', 76],
  ] as const)('of %s costs at most %i dollars', (size, most) => {
    expect(sumOf(monthlyCosts(DEPLOYMENTS[size]))).toBeLessThanOrEqual(most);
  });
});

test('CloudFront costs a web ACL and each of its rules', () => {
  const rules = readFileSync('lib/infra/waf.yml', 'utf8').match(/^ +- Name: /gm);
  expect(rules).toHaveLength(WAF_RULES);
  expect(cloudfrontMonth()).toBe(8);
});

describe('a million votes', () => {
  test('cost at most 2.10 dollars at 1,000 a second', () => {
    expect(sumOf(costsOfMillion(1_000))).toBeLessThanOrEqual(2.1);
  });

  test('include what the database reads and writes, and what pollers send through the NAT gateway', () => {
    const { 'database I/O': io = 0, 'NAT data': nat = 0 } = costsOfMillion(20_000);
    expect(io).toBeGreaterThan(0.2); // a read a vote
    expect(nat).toBeGreaterThan(0.02); // half a GB of ballots
  });

  test('cost no more to tally if they come faster, and never less than the API and casting', () => {
    const rate = fc.double({ min: 0.1, max: 1_000_000, noNaN: true });
    fc.assert(
      fc.property(rate, rate, (one, other) => {
        const [slow, fast] = [Math.min(one, other), Math.max(one, other)];
        const [dear, cheap] = [costsOfMillion(slow), costsOfMillion(fast)];
        expect(cheap['tallyVotes']).toBeLessThanOrEqual((dear['tallyVotes'] ?? 0) + 1e-9);
        expect(sumOf(cheap)).toBeGreaterThan(1.3);
      }),
    );
  });
});
