/** Runs the benchmark of this name and tells the rows to whoever started it. */
import type { Bench } from './row.ts';

const { default: bench }: { default: Bench } = await import(`./${process.argv[2]}.ts`);
// Functions that were run keep their connections.
process.send?.(await bench(), () => process.exit());
