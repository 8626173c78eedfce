import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { api } from '../support/api.ts';
import { audit } from '../support/audit.ts';
import { countedBy, countsOf } from '../support/countedLog.ts';
import { NO_DRIFT, reconciled } from '../support/reconciled.ts';
import { freeze, serverPid } from '../support/serverProcesses.ts';
import { type System, startSystem } from '../support/system.ts';
import { VoteLoad } from '../support/voteLoad.ts';

/** Before a fault, and again after it: each a second and a half of votes. */
const SOME_VOTES = 1_000;

let system: System;
let load: VoteLoad;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

beforeEach(async () => {
  const { makePoll } = api(system.httpUrl);
  const three = { options: ['Red', 'Green', 'Blue'] };
  const polls = [await makePoll(), await makePoll(three), await makePoll({ allow_change: true })];
  load = new VoteLoad(system.httpUrl, polls);
  load.start();
  await load.acceptedMore(SOME_VOTES);
});
afterEach(() => load.close());

async function expectEachVoterCountsOnce(): Promise<void> {
  await load.acceptedMore(SOME_VOTES);
  await load.finish();
  expect(await audit(system.httpUrl, load.voters)).toEqual([]);
  expect(load.strange).toEqual([]);
  expect(reconciled(system.ports.postgres)).toEqual(NO_DRIFT);
}

describe('under load, every voter counts exactly once', () => {
  test('when the broker is killed', async () => {
    const pid = serverPid(system, 'kafka');
    process.kill(pid, 'SIGKILL');
    await expectEachVoterCountsOnce();
    expect(serverPid(system, 'kafka')).not.toBe(pid);
  });

  test('when PostgreSQL is killed', async () => {
    const pid = serverPid(system, 'postgres');
    process.kill(pid, 'SIGKILL');
    await expectEachVoterCountsOnce();
    expect(serverPid(system, 'postgres')).not.toBe(pid);
  });

  test('when the broker hangs until voters are refused', async () => {
    const goOn = freeze(serverPid(system, 'kafka'));
    await load.refusedMore(1).finally(goOn);
    await expectEachVoterCountsOnce();
  });

  test('when PostgreSQL hangs for thousands of votes', async () => {
    const goOn = freeze(serverPid(system, 'postgres'));
    await load.acceptedMore(2 * SOME_VOTES).finally(goOn);
    await expectEachVoterCountsOnce();
  });

  test('when the process that takes and counts votes is killed', async () => {
    await system.kill9();
    await load.refusedMore(1);
    await system.restart();
    await expectEachVoterCountsOnce();
  });

  test('when the whole log is counted again', async () => {
    await expectEachVoterCountsOnce();
    const counts = await countsOf(system);
    await system.restart({ KAFKA_GROUP_ID: 'another' });
    expect(await countedBy(system, 'another-votes')).toBeGreaterThanOrEqual(load.accepted);
    expect(await countsOf(system)).toEqual(counts);
  });
});
