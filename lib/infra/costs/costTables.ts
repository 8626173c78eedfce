import {
  cloudfrontMonth,
  costsOfMillion,
  costsOfWatching,
  DEPLOYMENTS,
  monthlyCosts,
  sumOf,
} from './costs.ts';
import { PRICES } from './prices.ts';

export const RATES = [1, 30, 1_000, 20_000];

type Columns = [name: string, costs: Record<string, number>][];

/** A table with a line for each kind of cost, and the sum. */
function table(first: string, columns: Columns, digits: number): string {
  const show = (cost: number) => cost.toFixed(digits);
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const kinds = Object.keys(columns[0]?.[1] ?? {});
  return [
    line([first, ...columns.map(([name]) => name)]),
    `|---|${'--:|'.repeat(columns.length)}`,
    ...kinds.map((kind) => line([kind, ...columns.map(([, costs]) => show(costs[kind] ?? 0))])),
    line(['**sum**', ...columns.map(([, costs]) => `**${show(sumOf(costs))}**`)]),
  ].join('\n');
}

/** The tables of COSTS.md. */
export function costTables(): string[] {
  const sizes = Object.entries(DEPLOYMENTS).map(([name, one]) => [name, monthlyCosts(one)] as const);
  const rates = RATES.map((rate) => [`${rate.toLocaleString('en')}/s`, costsOfMillion(rate)] as const);
  const watching = costsOfWatching(1_000, 2.5, 10).toFixed(2);
  const waf = `${cloudfrontMonth()} a month and ${PRICES.wafMillion.toFixed(2)} a million requests`;
  return [
    table('a month at rest', sizes as unknown as Columns, 0),
    table('a million votes', rates as unknown as Columns, 2),
    `1,000 viewers of a poll that changes all the time, for 10 minutes, at 2.5 updates a second: ${watching}`,
    `CloudFront with its WAF (\`cloudfront\`): ${waf}, plus its traffic`,
  ];
}
