/** `npm run faults` breaks things at random, and checks every vote after each round. */
import { resumeAll } from '../support/servers/serverProcesses.ts';
import { supervisor } from '../support/servers/supervisor.ts';
import { describeFindings, type Finding } from './checks/finding.ts';
import { everyFault } from './kinds/registry.ts';
import { type Options, readOptions } from './options.ts';
import { Report } from './report.ts';
import { run } from './run.ts';

const HELP = `npm run faults [-- --minutes 30]

  --minutes 5       how long
  --rounds 20       how many rounds, instead of minutes
  --round 12,13     these alone, as a run of that seed and kinds plays them
  --seed 7          repeats a run
  --only broker     kinds with that word
  --at-once 3       faults in each round; without it one, sometimes two`;

function options(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const { command, ...chosen } = options();
const report = new Report();

function show(findings: Finding[]): void {
  for (const line of describeFindings(findings)) console.log(`    ${line}`);
}

console.log(`${command}, ${chosen.faults.length} kinds of faults`);
for (const { name, whyNot } of everyFault) {
  const reason = whyNot?.();
  if (reason) console.log(`Left out: ${name}, since ${reason}.`);
}
function conclude(): void {
  console.log(`\n${report}\n\nAgain: ${command}`);
  if (report.faults === 0) console.log('No round was played to its end.');
  if (report.faults === 0 || !report.isClean) process.exitCode = 1;
}

// In a terminal the system gets the signal too, so its behaviour after it means nothing.
let isInterrupted = false;
process.once('SIGINT', async () => {
  isInterrupted = true;
  conclude();
  resumeAll();
  await supervisor.stopAll();
  process.exit();
});

const seconds = (time?: number) => (time === undefined ? '–' : time.toFixed(1));
try {
  await run({
    ...chosen,
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
  conclude();
} catch (error) {
  // The rounds before it count too, of which there may be half an hour's.
  if (!isInterrupted) {
    conclude();
    console.error(error);
    process.exitCode = 1;
  }
}
await supervisor.stopAll();
// At the end of a long run, Node 24 was seen to spin in its own clean-up of handles.
process.exit();
