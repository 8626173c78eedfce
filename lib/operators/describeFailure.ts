import { hostAndPort } from '../addresses.ts';
import { postgresConfig } from '../config.ts';
import { messageOf, NoAnswerError, UnavailableError } from '../errors.ts';
import { commandKafkaConfig } from '../localConfig.ts';
import { isFromPostgres, isPostgresAway, isPostgresBusy, isSchemaBehind } from '../sql/faults.ts';

/** Describes a failure in one line that names the server an operator has to look at. */
export function describeFailure(failure: unknown): string {
  const error = ofPostgres(failure) ? failure.cause : failure;
  const reason = messageOf(error);
  if (isPostgresAway(error) || isPostgresBusy(error) || isNoAnswer(error, 'Postgres')) {
    const { host, port } = postgresConfig();
    return `PostgreSQL at ${hostAndPort(host, port)} is ${isPostgresBusy(error) ? 'busy' : 'unavailable'}: ${reason}`;
  }
  if (isOfKafka(error)) return `Kafka at ${commandKafkaConfig().brokers.join()}: ${reason}`;
  return isFromPostgres(error) ? `PostgreSQL: ${reason}` : reason;
}

const ofPostgres = (error: unknown): error is UnavailableError =>
  error instanceof UnavailableError &&
  [isPostgresAway, isPostgresBusy, isSchemaBehind].some((isSo) => isSo(error.cause));

const isNoAnswer = (error: unknown, who: string) => error instanceof NoAnswerError && error.who === who;

// An UnavailableError alone does not say which server it means: a change that collides too often is one too.
const isOfKafka = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name.startsWith('KafkaJS') ||
    isNoAnswer(error, 'Kafka') ||
    (error instanceof UnavailableError && isOfKafka(error.cause)));
