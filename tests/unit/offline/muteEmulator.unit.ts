import { expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { quietLog } from '../../../lib/offline/emulator/muteEmulator.ts';

const HEADING = "Unhandled exception in handler 'tallyVotes'.";

function emulatorLog() {
  const written: unknown[] = [];
  const write = (what: unknown) => void written.push(what);
  return { log: quietLog({ warning: write, error: write }), written };
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

test('of what is no error, only warnings are logged', () => {
  const { log, written } = emulatorLog();
  log.notice('POST /polls (λ: createPoll)');
  log.debug('event:', {});
  log.warning('The port is taken.');
  expect(written).toEqual(['The port is taken.']);
});
