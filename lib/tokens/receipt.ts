import type { SigningKeys } from '../config.ts';
import type { HexId, Micros, Millis } from '../domain/units.ts';
import { createSeal } from './seal.ts';

/** The data needed to look a vote up. */
export interface VoteReference {
  pollId: HexId;
  /** 32 hex digits. */
  voterKey: string;
  /** Identifies the ballot among its voter's. */
  acceptedAt: Micros;
  /** Its position in the log. */
  partition: number;
  offset: number;
  appendTime: Millis;
  /** Whether the ballot was empty, which alone does not make its sender a voter. */
  isWithdrawal: boolean;
  /** Names the question and options that the ballot was accepted for; 0 for the poll's first ones. */
  wording: number;
}

export interface Receipts {
  issue(vote: VoteReference): string;
  /** Undefined unless this system issued exactly this receipt. */
  read(receipt: string): VoteReference | undefined;
}

const PAYLOAD_BYTES = 56;
/** Only in receipts for polls that were reworded, after the rest. */
const WORDING_BYTES = 4;

function encode(vote: VoteReference): Buffer {
  const { pollId, voterKey, acceptedAt, partition, offset, appendTime, isWithdrawal, wording } = vote;
  const bytes = Buffer.alloc(PAYLOAD_BYTES + (wording === 0 ? 0 : WORDING_BYTES));
  bytes.write(pollId + voterKey, 'hex');
  bytes.writeBigUInt64BE(BigInt(acceptedAt), 32);
  // Zero in receipts that are older than this byte, as partitions never had four.
  bytes.writeUInt8(Number(isWithdrawal), 40);
  bytes.writeUIntBE(partition, 41, 3);
  bytes.writeUIntBE(offset, 44, 6);
  bytes.writeUIntBE(appendTime, 50, 6);
  if (wording !== 0) bytes.writeUInt32BE(wording, PAYLOAD_BYTES);
  return bytes;
}

function decode(bytes: Buffer): VoteReference {
  return {
    pollId: bytes.toString('hex', 0, 16),
    voterKey: bytes.toString('hex', 16, 32),
    acceptedAt: Number(bytes.readBigUInt64BE(32)),
    isWithdrawal: bytes.readUInt8(40) === 1,
    partition: bytes.readUIntBE(41, 3),
    offset: bytes.readUIntBE(44, 6),
    appendTime: bytes.readUIntBE(50, 6),
    wording: bytes.length === PAYLOAD_BYTES ? 0 : bytes.readUInt32BE(PAYLOAD_BYTES),
  };
}

/** Receipts reveal nothing to their holders, not even how many votes came before.
 * @param keys the first issues, all read */
export function createReceipts(keys: SigningKeys): Receipts {
  const seal = createSeal(keys, 'receipt');
  return {
    issue: (vote) => seal.close(encode(vote)),
    read(receipt) {
      const payload = seal.open(receipt);
      return payload && decode(payload);
    },
  };
}
