import { expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { muteRetries } from '../../../lib/offline/muteEmulator.ts';
import type { Utils } from '../../../lib/offline/serverlessTypes.ts';

const HEADING = "Unhandled exception in handler 'tallyVotes'.";

function emulatorLog() {
  const written: unknown[] = [];
  const namespace = {
    get: () => namespace,
    error: (what: unknown) => void written.push(what),
    isEnabled: true,
  };
  muteRetries({ log: { levelRoot: namespace } } satisfies Utils);
  return { log: namespace, written };
}

test('retried errors are not logged', () => {
  const { log, written } = emulatorLog();
  log.error(HEADING);
  log.error(new UnavailableError('Postgres is away.'));
  expect(written).toEqual([]);
});

test('any other error is logged, below the name of its function', () => {
  const { log, written } = emulatorLog();
  const bug = new TypeError('undefined is not a function');
  log.error(HEADING);
  log.error(new UnavailableError('Postgres is away.'));
  log.error(HEADING);
  log.error(bug);
  log.error('The port is in use.');
  expect(written).toEqual([HEADING, bug, 'The port is in use.']);
});
