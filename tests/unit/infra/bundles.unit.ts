import { beforeAll, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { bundleFunctions } from '../../../esbuild.config.ts';

const KILO = 1_024;

/** The functions that run for each vote or each viewer. Every cold start loads the bundle; a budget is the size that it
 * had when this test was written, plus 5 %. */
const KILOBYTES: Record<string, number> = {
  'functions/http/castVote.ts': 217,
  'functions/websocket/vote.ts': 215,
  'functions/kafka/tallyVotes.ts': 212,
  'functions/kafka/broadcastStandings.ts': 54,
  'functions/websocket/connect.ts': 194,
  'functions/websocket/subscribe.ts': 219,
  'functions/http/getPoll.ts': 24,
  'functions/page/getPage.ts': 109,
};

let outputs: (Metafile['outputs'][string] & { entryPoint: string })[];
beforeAll(async () => {
  const { metafile } = await bundleFunctions();
  outputs = Object.values(metafile.outputs).flatMap(({ entryPoint, ...output }) =>
    entryPoint ? [{ ...output, entryPoint }] : [],
  );
});

/** The functions whose bundle contains a file of this path. */
const containing = (path: RegExp) =>
  outputs
    .filter(({ inputs }) => Object.keys(inputs).some((input) => path.test(input)))
    .map(({ entryPoint }) => entryPoint)
    .filter((entryPoint) => entryPoint.startsWith('functions/'));

test('the bundles that are loaded for votes and viewers stay small', () => {
  const sizes = outputs.map(({ entryPoint, bytes }) => [entryPoint, bytes / KILO] as const);
  const measured = sizes.filter(([entryPoint]) => entryPoint in KILOBYTES);
  expect(measured).toHaveLength(Object.keys(KILOBYTES).length);
  expect(measured.filter(([entryPoint, size]) => size > (KILOBYTES[entryPoint] ?? 0))).toEqual([]);
});

test('only functions that read or describe texts for people build the patterns of such texts', () => {
  expect(containing(/domain\/visibleText\.ts$/)).toEqual([
    'functions/http/createPoll.ts',
    'functions/http/getAsyncApi.ts',
    'functions/http/getOpenApi.ts',
    'functions/http/listPolls.ts',
    'functions/http/updatePoll.ts',
  ]);
});

test('functions produce to Kafka without the code of consumers', () => {
  expect(containing(/kafkajs\/src\/producer\//)).toContain('functions/http/castVote.ts');
  expect(containing(/kafkajs\/src\/consumer\/(runner|consumerGroup|fetcher)\.js$/)).toEqual([]);
  expect(containing(/kafkajs\/src\/protocol\/requests\/(fetch|joinGroup|endTxn)\//)).toEqual([]);
  // These would need it: they read the log, or ask for its offsets.
  expect(containing(/lib\/kafka\/(readLog|votesLog|patches\/patchConsumers)\.ts$/)).toEqual([]);
});

test('functions load the web streams of Node only where they use them', () => {
  const loading = outputs.filter(({ imports }) => imports.some(({ path }) => path === 'node:stream/web'));
  expect(loading).toEqual([]);
});

test('the Postgres client is loaded when it is first used', () => {
  expect(containing(/node_modules\/postgres\//)).toEqual(['functions/deploy/migrate.ts']);
});
