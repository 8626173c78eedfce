import { postgresConfig } from '../config.ts';
import { messageOf, UnavailableError } from '../errors.ts';
import { commandKafkaConfig } from '../localConfig.ts';
import { isPostgresAway, isPostgresBusy, isSchemaBehind } from '../sql/faults.ts';

/** Describes a failure in one line that names the server an operator has to look at. */
export function describeFailure(failure: unknown): string {
  const error = ofPostgres(failure) ? failure.cause : failure;
  const reason = messageOf(error);
  if (isPostgresAway(error) || isPostgresBusy(error)) {
    const { host, port } = postgresConfig();
    return `PostgreSQL at ${host}:${port} is ${isPostgresBusy(error) ? 'busy' : 'unavailable'}: ${reason}`;
  }
  if (error instanceof UnavailableError || isOfKafkaJs(error)) {
    return `Kafka at ${commandKafkaConfig().brokers.join()}: ${reason}`;
  }
  return error instanceof Error && error.name === 'PostgresError' ? `PostgreSQL: ${reason}` : reason;
}

const ofPostgres = (error: unknown): error is UnavailableError =>
  error instanceof UnavailableError &&
  [isPostgresAway, isPostgresBusy, isSchemaBehind].some((isSo) => isSo(error.cause));

const isOfKafkaJs = (error: unknown) => error instanceof Error && error.name.startsWith('KafkaJS');
