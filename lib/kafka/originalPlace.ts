import type { MSKRecordHeader } from 'aws-lambda';
import { PoisonRecordError } from '../errors.ts';
import type { Place } from './producer.ts';

const HEADER = 'original_place';
const MOST_BYTES = 1_000;
// What a receipt and the database hold.
const GREATEST_PARTITION = 2 ** 31 - 1;
const GREATEST = 2 ** 48 - 1;

/** For a ballot that is sent a second time: it is ordered, and known to its receipt, by where it stood at first.
 * Otherwise it would win over ballots of the same voter that came later. */
export function originalPlaceHeaders({ partition, offset, appendTime }: Place): Record<string, string> {
  return { [HEADER]: JSON.stringify([partition, offset, appendTime]) };
}

/** That header of a record as it is, if it has one. What is longer than any place is, and so cannot be read, is cut.
 * @param headers as Lambda hands them over */
export function originalPlaceBytes(headers: MSKRecordHeader[] | undefined): Record<string, Buffer> {
  const bytes = find(headers);
  return bytes ? { [HEADER]: Buffer.from(bytes.slice(0, MOST_BYTES)) } : {};
}

/** @param headers as Lambda hands them over
 * @returns undefined for a record that stands where it always stood, as nearly all do
 * @throws {PoisonRecordError} when the place cannot be read */
export function readOriginalPlace(headers: MSKRecordHeader[] | undefined): Place | undefined {
  const bytes = find(headers);
  if (!bytes) return undefined;
  const place = toPlace(numbersIn(Buffer.from(bytes).toString()));
  if (place) return place;
  throw new PoisonRecordError('The place where it first stood cannot be read.');
}

/** @param numbers partition, offset and append time */
export function toPlace(numbers: unknown[]): Place | undefined {
  const [partition, offset, appendTime, ...rest] = numbers;
  const isPlace = upTo(partition, GREATEST_PARTITION) && upTo(offset, GREATEST) && upTo(appendTime, GREATEST);
  return isPlace && rest.length === 0 ? { partition, offset, appendTime } : undefined;
}

const find = (headers: MSKRecordHeader[] | undefined) => headers?.find((one) => one[HEADER])?.[HEADER];

function numbersIn(json: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function upTo(value: unknown, greatest: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= greatest;
}
