/** Runs the benchmark of this name and sends its rows to the parent process. */
import type { Bench } from './row.ts';

const { default: bench }: { default: Bench } = await import(`./${process.argv[2]}.ts`);
// Functions that were run keep their connections.
process.send?.(await bench(), () => process.exit());
