import type { MSKRecordHeader } from 'aws-lambda';
import type { Ballot } from '../domain/ballot.ts';
import { PoisonRecordError } from '../errors.ts';
import { findHeader, readWhole } from './lambdaRecord.ts';

const FIXED = 1;
const CHANGEABLE = 2;
/** Added to the kind of a ballot for a poll that was reworded. All others have the format that every release
 * reads. */
const REWORDED = 4;
const KINDS = new Set([FIXED, CHANGEABLE, FIXED + REWORDED, CHANGEABLE + REWORDED]);
const KEY_BYTES = 16;
// Kind 1, poll id 16, accepted_at 8, choices 8. Decoding takes most of the consumer's own CPU time, and
// binary costs a third of JSON.
const VALUE_BYTES = 33;
const WORDING_BYTES = 4;

const bytesOfKind = (kind: number) => (kind < REWORDED ? VALUE_BYTES : VALUE_BYTES + WORDING_BYTES);

/** Encodes a ballot as key and value of a Kafka record. */
export function encodeBallot(ballot: Ballot): { key: Buffer; value: Buffer } {
  const kind = (ballot.mayChange ? CHANGEABLE : FIXED) + (ballot.wording === 0 ? 0 : REWORDED);
  const value = Buffer.allocUnsafe(bytesOfKind(kind));
  value[0] = kind;
  value.write(ballot.pollId, 1, 16, 'hex');
  value.writeBigUInt64BE(BigInt(ballot.acceptedAt), 17);
  value.writeBigUInt64BE(BigInt(ballot.choices), 25);
  if (kind >= REWORDED) value.writeUInt32BE(ballot.wording, VALUE_BYTES);
  return { key: Buffer.from(ballot.voterKey, 'hex'), value };
}

/** The value of a marker record: no ballot. A consumer past it has counted all earlier ballots. */
export const MARKER = Buffer.from([0]);
const MARKER_BASE64 = MARKER.toString('base64');
const MARK_HEADER = 'mark';

/** The header of a marker that final results wait for.
 * @param mark see `Mark` */
export function markHeaders(mark: number): Record<string, string> {
  return { [MARK_HEADER]: String(mark) };
}

/** @param headers of a marker, as Lambda passes them
 * @returns undefined for a marker without a number, which nothing waits for */
export function readMark(headers: MSKRecordHeader[] | undefined): number | undefined {
  const bytes = findHeader(headers, MARK_HEADER);
  return bytes && readWhole(Buffer.from(bytes).toString(), Number.MAX_SAFE_INTEGER);
}

/** @param value base64, as Lambda passes it */
export function isMarker(value: string | null | undefined): boolean {
  return value === MARKER_BASE64;
}

/** The maximum of Postgres' `integer`. */
const MAX_WORDING = 2 ** 31 - 1;

function readSafeInteger(value: Buffer, at: number): number {
  return value.readUInt32BE(at) * 2 ** 32 + value.readUInt32BE(at + 4);
}

/** Decodes a record's key and value, both base64 as Lambda passes them.
 * @throws {PoisonRecordError} for an invalid record; a retry does not help */
export function decodeBallot(key: string | null | undefined, value: string | null | undefined): Ballot {
  const keyBytes = Buffer.from(key ?? '', 'base64');
  const bytes = Buffer.from(value ?? '', 'base64');
  if (keyBytes.length !== KEY_BYTES) throw new PoisonRecordError(`The key has ${keyBytes.length} bytes.`);
  const [kind] = bytes;
  if (kind === undefined || !KINDS.has(kind) || bytes.length !== bytesOfKind(kind)) {
    throw new PoisonRecordError(`The value has ${bytes.length} bytes and begins with ${kind}.`);
  }
  const acceptedAt = readSafeInteger(bytes, 17);
  const choices = readSafeInteger(bytes, 25);
  const wording = kind < REWORDED ? 0 : bytes.readUInt32BE(VALUE_BYTES);
  if (!Number.isSafeInteger(acceptedAt) || !Number.isSafeInteger(choices) || wording > MAX_WORDING) {
    throw new PoisonRecordError('A number is out of range.');
  }
  return {
    pollId: bytes.toString('hex', 1, 17),
    voterKey: keyBytes.toString('hex'),
    acceptedAt,
    choices,
    mayChange: (kind & CHANGEABLE) !== 0,
    wording,
  };
}

const HEADER = 'first_append_time';
/** The largest time that a receipt can hold. */
const MAX_TIME = 2 ** 48 - 1;
/** More bytes than a valid time has; a longer value is invalid even when cut. */
const MAX_BYTES = 32;

/** The header of a redriven ballot: its first append time decides whether it was in time.
 * @param appendTime milliseconds since 1970 */
export function firstAppendTimeHeaders(appendTime: number): Record<string, string> {
  return { [HEADER]: String(appendTime) };
}

/** Copies that header of a record unparsed, if it has one.
 * @param headers as Lambda passes them */
export function firstAppendTimeBytes(headers: MSKRecordHeader[] | undefined): Record<string, Buffer> {
  const bytes = findHeader(headers, HEADER);
  return bytes ? { [HEADER]: Buffer.from(bytes.slice(0, MAX_BYTES)) } : {};
}

/** @param headers as Lambda passes them
 * @returns undefined for a record that was not redriven, as nearly all are
 * @throws {PoisonRecordError} when the time is invalid */
export function readFirstAppendTime(headers: MSKRecordHeader[] | undefined): number | undefined {
  const bytes = findHeader(headers, HEADER);
  if (!bytes) return undefined;
  const time = readWhole(Buffer.from(bytes).toString(), MAX_TIME);
  if (time !== undefined) return time;
  throw new PoisonRecordError(`The header ${HEADER} is invalid.`);
}
