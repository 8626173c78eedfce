/** `npm run faults` breaks things at random for half an hour, and checks every vote after each round.
 * `-- --minutes 5`, `--rounds 20` (instead of minutes), `--seed 7`, `--only broker` (kinds with that word),
 * `--at-once 3` (faults in each round; without it one, or now and then two),
 * `--round 13` or `--round 12,13` (these alone, as a run of that seed and kinds plays them). */
import { parseArgs } from 'node:util';
import { resumeAll } from '../support/servers/serverProcesses.ts';
import { supervisor } from '../support/servers/supervisor.ts';
import { describeFindings, type Finding } from './checks/finding.ts';
import { everyFault } from './kinds/registry.ts';
import { faultsNamed } from './plan.ts';
import { Report } from './report.ts';
import { run } from './run.ts';

const DEFAULT_MINUTES = 30;
const MS_PER_MINUTE = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    round: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    'at-once': { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const faults = faultsNamed(values.only);
const report = new Report();

function* rounds(): Generator<number> {
  if (values.round) {
    for (const r of values.round.split(',')) yield Number(r);
    return;
  }
  const most = Number(values.rounds ?? Number.POSITIVE_INFINITY);
  const minutes = values.rounds ? Number.POSITIVE_INFINITY : Number(values.minutes ?? DEFAULT_MINUTES);
  const end = performance.now() + minutes * MS_PER_MINUTE;
  for (let number = 0; number < most && performance.now() < end; number += 1) yield number;
}

function show(findings: Finding[]): void {
  for (const line of describeFindings(findings)) console.log(`    ${line}`);
}

const atOnce = values['at-once'];
const only = values.only ? ` --only '${values.only}'` : '';
const many = atOnce ? ` --at-once ${atOnce}` : '';
const command = `npm run faults -- --seed ${seed}${only}${many}`;
console.log(`${command}, ${faults.length} kinds of faults`);
for (const { name, whyNot } of everyFault) {
  const reason = whyNot?.();
  if (reason) console.log(`Left out: ${name}, since ${reason}.`);
}
function conclude(): void {
  console.log(`\n${report}\n\nAgain: ${command}`);
  if (!report.isClean) process.exitCode = 1;
}

// In a terminal the system gets the signal too, so its behaviour after it means nothing.
process.once('SIGINT', async () => {
  conclude();
  resumeAll();
  await supervisor.stopAll();
  process.exit();
});

const seconds = (time?: number) => (time === undefined ? '–' : time.toFixed(1));
try {
  await run({
    seed,
    faults,
    atOnce: atOnce === undefined ? undefined : Number(atOnce),
    rounds: rounds(),
    onPlan: ({ number, world, faults, lastsMs }) => {
      const names = faults.map(({ name }) => name).join(' + ');
      process.stdout.write(`${number} ${world}: ${names}, ${lastsMs} ms`);
    },
    onRound: ({ number }, result) => {
      report.add(result);
      const { votes, findings, accepting, counting } = result;
      console.log(`, ${votes} votes, again after ${seconds(accepting)} and ${seconds(counting)} s`);
      show(findings);
      if (findings.length > 0) console.log(`    again: ${command} --round ${number}`);
    },
    onStuck: (world) => console.log(world.system.recentOutput().replace(/^/gm, '    | ')),
    onEnd: (world, findings) => {
      report.addAfterwards(findings);
      console.log(`The end of ${world}: ${findings.length === 0 ? 'finals and replay are right' : ''}`);
      show(findings);
    },
  });
} finally {
  await supervisor.stopAll();
}
conclude();
// At the end of a long run, Node 24 was seen to spin in its own clean-up of handles.
process.exit();
