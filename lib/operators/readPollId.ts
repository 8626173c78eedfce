import { readUuid } from '../domain/uuid.ts';
import { RefusedError, UsageError } from '../errors.ts';

/** The id of a poll as somebody typed it. What is no UUID is a poll that does not exist.
 * @throws {UsageError} without any
 * @throws {RefusedError} `poll_not_found` */
export function readPollId(text: string | undefined): string {
  if (text === undefined) throw new UsageError('The id of a poll is missing.');
  const id = readUuid(text);
  if (!id) throw new RefusedError('poll_not_found');
  return id;
}
