import type { MSKRecordHeader } from 'aws-lambda';
import { PoisonRecordError } from '../errors.ts';
import { readWhole } from './readWhole.ts';

const HEADER = 'first_append_time';
/** What a receipt holds. */
const GREATEST = 2 ** 48 - 1;
/** More than its digits: what is longer is no time, cut or not. */
const MOST_BYTES = 32;

/** For a ballot that is sent a second time: it came into the log in time by when it first did.
 * @param appendTime milliseconds since 1970 */
export function firstAppendTimeHeaders(appendTime: number): Record<string, string> {
  return { [HEADER]: String(appendTime) };
}

/** That header of a record as it is, if it has one.
 * @param headers as Lambda hands them over */
export function firstAppendTimeBytes(headers: MSKRecordHeader[] | undefined): Record<string, Buffer> {
  const bytes = find(headers);
  return bytes ? { [HEADER]: Buffer.from(bytes.slice(0, MOST_BYTES)) } : {};
}

/** @param headers as Lambda hands them over
 * @returns undefined for a record that came once, as nearly all do
 * @throws {PoisonRecordError} when the time cannot be read */
export function readFirstAppendTime(headers: MSKRecordHeader[] | undefined): number | undefined {
  const bytes = find(headers);
  if (!bytes) return undefined;
  const time = readWhole(Buffer.from(bytes).toString(), GREATEST);
  if (time !== undefined) return time;
  throw new PoisonRecordError('The time when it first came cannot be read.');
}

const find = (headers: MSKRecordHeader[] | undefined) =>
  headers?.find((one) => Object.hasOwn(one, HEADER))?.[HEADER];
