import { describe, expect, test } from '@jest/globals';
import { ConfigError, NoAnswerError, RefusedError, UnavailableError } from '../../../lib/errors.ts';
import { commandKafkaConfig } from '../../../lib/localConfig.ts';
import { describeFailure } from '../../../lib/operators/describeFailure.ts';
import { printableLines } from '../../../lib/operators/terminal.ts';

const REFUSED = { code: 'ECONNREFUSED' };
const named = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('a failure of a command', () => {
  test.each([
    [
      Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], ''), REFUSED),
      'PostgreSQL at localhost:5432 is unavailable: connect ECONNREFUSED ::1:5432.',
    ],
    [
      named('PostgresError', 'relation "votes" does not exist'),
      'PostgreSQL: relation "votes" does not exist.',
    ],
    [
      Object.assign(named('PostgresError', 'password authentication failed for user "app"'), {
        code: '28P01',
      }),
      'PostgreSQL at localhost:5432 is unavailable: password authentication failed for user "app".',
    ],
    [
      new UnavailableError('Kafka is away.', { cause: named('KafkaJSError', 'Closed connection\nfor good') }),
      'Kafka at 127.0.0.1:9092: Kafka is away. Closed connection.',
    ],
    [
      new UnavailableError('Postgres is away.', {
        cause: Object.assign(new Error('connect ECONNREFUSED ::1:5432'), REFUSED),
      }),
      'PostgreSQL at localhost:5432 is unavailable: connect ECONNREFUSED ::1:5432.',
    ],
    [named('KafkaJSConnectionError', 'Connection timeout'), 'Kafka at 127.0.0.1:9092: Connection timeout.'],
    [
      new UnavailableError('Kafka is unavailable.', { cause: new NoAnswerError('Kafka') }),
      'Kafka at 127.0.0.1:9092: Kafka is unavailable. Kafka did not answer in time.',
    ],
    [
      new NoAnswerError('Postgres'),
      'PostgreSQL at localhost:5432 is unavailable: Postgres did not answer in time.',
    ],
    [
      new UnavailableError('The poll could not be changed in time.'),
      'The poll could not be changed in time.',
    ],
    [new ConfigError('X is not set.'), 'X is not set.'],
    [new RefusedError('poll_not_found', 'Poll not found.'), 'Poll not found.'],
    ['what', 'what.'],
  ])('is one line: %s', (error, line) => {
    expect(describeFailure(error)).toBe(line);
  });
});

test('texts of voters and owners cannot control the terminal', () => {
  expect(printableLines('Tea\x1b[2J\x9b2J\r\x00?\nKåff\u202eee ☕')).toBe('Tea [2J 2J ?\nKåff ee ☕');
});

test('a failure names an IPv6 address as a URL does', () => {
  process.env['POSTGRES_HOST'] = '[::1]';
  try {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), REFUSED);
    expect(describeFailure(refused)).toMatch(/^PostgreSQL at \[::1\]:5432 is unavailable/);
  } finally {
    delete process.env['POSTGRES_HOST'];
  }
});

describe('the brokers of a command', () => {
  test('are the embedded broker by default', () => {
    expect(commandKafkaConfig({ KAFKA_PORT: '9999', KAFKA_BROKERS: '' }).brokers).toEqual(['127.0.0.1:9999']);
  });

  test('are those of KAFKA_BROKERS', () => {
    const env = { KAFKA_PORT: '9999', KAFKA_BROKERS: 'a:1,b:2', KAFKA_AUTH: 'iam' };
    expect(commandKafkaConfig(env)).toMatchObject({ brokers: ['a:1', 'b:2'], auth: 'iam' });
  });
});
