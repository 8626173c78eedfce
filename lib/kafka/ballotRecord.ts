import type { MSKRecordHeader } from 'aws-lambda';
import { PoisonRecordError } from '../errors.ts';
import { readWhole } from './readWhole.ts';

/** A vote as it travels on the topic `votes`. The voter's id stays behind: only its keyed hash goes on. */
export interface Ballot {
  /** UUID, 32 hex digits without dashes: what Postgres reads and what the wire holds, with no detour. */
  pollId: string;
  /** 32 hex digits, see `voterKey`. It is the record's key, so one voter's ballots stay in order. */
  voterKey: string;
  /** castVote's clock in microseconds since 1970; by this alone opening and end are judged, and which of two ballots
   * of a voter is the later. */
  acceptedAt: number;
  /** A bit per option position; 0 withdraws. Positions stay below 50, so it is a safe integer. */
  choices: number;
  /** Whether the poll lets votes change, so that the tally expects one of this voter to stand. */
  mayChange: boolean;
}

const FIXED = 1;
const CHANGEABLE = 2;
const KEY_BYTES = 16;
// Kind 1, poll id 16, accepted_at 8, choices 8. Binary costs a third of what JSON does to decode, and
// decoding is most of what the consumer's own processor time goes into.
const VALUE_BYTES = 33;

/** Key and value of the Kafka record that carries this ballot. */
export function encodeBallot(ballot: Ballot): { key: Buffer; value: Buffer } {
  const value = Buffer.allocUnsafe(VALUE_BYTES);
  value[0] = ballot.mayChange ? CHANGEABLE : FIXED;
  value.write(ballot.pollId, 1, 16, 'hex');
  value.writeBigUInt64BE(BigInt(ballot.acceptedAt), 17);
  value.writeBigUInt64BE(BigInt(ballot.choices), 25);
  return { key: Buffer.from(ballot.voterKey, 'hex'), value };
}

/** The value of a marker: it holds no ballot, and whoever counts past it has counted all that came before. */
export const MARKER = Buffer.from([0]);
const MARKER_BASE64 = MARKER.toString('base64');

/** @param value base64, as Lambda hands it over */
export function isMarker(value: string | null | undefined): boolean {
  return value === MARKER_BASE64;
}

function readSafeInteger(value: Buffer, at: number): number {
  return value.readUInt32BE(at) * 2 ** 32 + value.readUInt32BE(at + 4);
}

/** The ballot in a record's key and value, both base64 as Lambda hands them over.
 * @throws {PoisonRecordError} when it is none; no retry will change that. */
export function decodeBallot(key: string | null | undefined, value: string | null | undefined): Ballot {
  const keyBytes = Buffer.from(key ?? '', 'base64');
  const bytes = Buffer.from(value ?? '', 'base64');
  if (keyBytes.length !== KEY_BYTES) throw new PoisonRecordError(`The key has ${keyBytes.length} bytes.`);
  const kind = bytes[0];
  if (bytes.length !== VALUE_BYTES || (kind !== FIXED && kind !== CHANGEABLE)) {
    throw new PoisonRecordError(`The value has ${bytes.length} bytes and begins with ${kind}.`);
  }
  const acceptedAt = readSafeInteger(bytes, 17);
  const choices = readSafeInteger(bytes, 25);
  if (!Number.isSafeInteger(acceptedAt) || !Number.isSafeInteger(choices)) {
    throw new PoisonRecordError('A number is out of range.');
  }
  return {
    pollId: bytes.toString('hex', 1, 17),
    voterKey: keyBytes.toString('hex'),
    acceptedAt,
    choices,
    mayChange: kind === CHANGEABLE,
  };
}

/** The partition that a key's records go to. Chosen here and not by the Kafka client, so that every client agrees,
 * in any language and version. A voter's key is a hash: its first four bytes are spread evenly.
 * @param key at least four bytes; without one, the first partition
 * @param partitions of the topic, as its metadata tell */
export function partitionOf(key: Buffer | null, partitions: number): number {
  return key && partitions > 0 ? key.readUInt32BE() % partitions : 0;
}

const HEADER = 'first_append_time';
/** What a receipt holds. */
const GREATEST = 2 ** 48 - 1;
/** More than its digits: what is longer is no time, cut or not. */
const MAX_BYTES = 32;

/** For a ballot that is sent a second time: it came into the log in time by when it first did.
 * @param appendTime milliseconds since 1970 */
export function firstAppendTimeHeaders(appendTime: number): Record<string, string> {
  return { [HEADER]: String(appendTime) };
}

/** That header of a record as it is, if it has one.
 * @param headers as Lambda hands them over */
export function firstAppendTimeBytes(headers: MSKRecordHeader[] | undefined): Record<string, Buffer> {
  const bytes = find(headers);
  return bytes ? { [HEADER]: Buffer.from(bytes.slice(0, MAX_BYTES)) } : {};
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
