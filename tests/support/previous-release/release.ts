import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Invocation, Outcome } from './child.ts';

const PACKED = join(import.meta.dirname, 'functions.json.br');
const CHILD = join(import.meta.dirname, 'child.ts');

/** The functions of the release before, as `pack.ts` packed them. */
export interface PreviousRelease {
  /** The names of its migrations. */
  migrations: string[];
  invoke<T>(name: string, event: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** @param env the functions' variables */
export async function startPreviousRelease(env: Record<string, string>): Promise<PreviousRelease> {
  const files: Record<string, string> = JSON.parse(brotliDecompressSync(readFileSync(PACKED)).toString());
  const folder = mkdtempSync(join(tmpdir(), 'poleparty-previous-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const child = fork(CHILD, [join(folder, 'functions.mjs')], {
    env: { PATH: process.env['PATH'], ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const ended = once(child, 'exit').then(() => {
    for (const [id, settle] of waiting) settle({ id, error: 'The process of the functions has ended.' });
    rmSync(folder, { recursive: true });
  });
  const [first] = await Promise.race([once(child, 'message'), ended.then(() => ['ended'])]);
  if (first !== 'ready') throw new Error('The functions of the previous release do not load.');
  child.on('message', (outcome: Outcome) => {
    waiting.get(outcome.id)?.(outcome);
    waiting.delete(outcome.id);
  });
  let calls = 0;
  return {
    migrations: Object.keys(files).flatMap((name) => /^migrations\/(.*)/.exec(name)?.[1] ?? []),
    async invoke<T>(name: string, event: unknown) {
      const invocation: Invocation = { id: calls++, name, event };
      const outcome = await new Promise<Outcome>((resolve) => {
        waiting.set(invocation.id, resolve);
        child.send(invocation);
      });
      if ('error' in outcome) throw new Error(`${name} of the previous release: ${outcome.error}`);
      return outcome.result as T;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
