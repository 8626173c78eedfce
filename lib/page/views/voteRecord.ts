import type { VoteWords } from '../words/words.ts';

const STAGES = [
  'none',
  'sending',
  'unsent',
  'arrived',
  'counted',
  'kept',
  'replaced',
  'rejected',
  'unknown',
] as const;

/** `unsent`: not arrived yet, and sent again. `kept`: the vote is counted, and a later change was refused. `unknown`: an
 * attempt may have arrived, whose answer was lost, and the next one was refused. */
export type Stage = (typeof STAGES)[number];

/** What this browser knows of its vote in a poll; stored, so that a reload shows the same. */
export interface VoteRecord {
  /** The voter id, 128 random bits for this poll alone. A retry uses the same. */
  voter: string;
  /** Ids of the chosen options. */
  choice: string[];
  stage: Stage;
  receipt?: string;
  /** Why it was rejected: an error code of the interface. */
  reason?: string;
  /** The counted vote that this one changes. */
  before?: { choice: string[]; receipt: string };
}

/** Whether a vote of this browser stands or is on its way. One of an unknown fate may be sent again: it counts once. */
export function hasVoted({ stage, reason }: VoteRecord): boolean {
  return stage !== 'none' && stage !== 'unknown' && (stage !== 'rejected' || reason === 'already_voted');
}

/** Whether the vote is on its way. */
export const isPending = ({ stage }: VoteRecord) =>
  stage === 'sending' || stage === 'unsent' || stage === 'arrived';

const REASONS: Record<string, keyof VoteWords> = {
  already_voted: 'already',
  poll_closed: 'tooLate',
  poll_not_open: 'tooEarly',
  poll_changed: 'reworded',
  poll_deleted: 'deleted',
  poll_not_found: 'deleted',
  unauthorized: 'needsToken',
  // The page's ballots are well formed; where votes take tokens, a voter id is an error.
  invalid_request: 'needsToken',
};

/** What became of the vote, in a sentence; empty before it is sent. */
export function describeVote(record: VoteRecord, words: VoteWords): string {
  const { stage, choice, reason = '' } = record;
  if (stage === 'none') return '';
  if (stage === 'rejected') return `${words[REASONS[reason] ?? 'unknown']}`;
  if (stage === 'counted' && choice.length === 0) return words.withdrawn;
  return words[stage];
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads a stored record; undefined if it is none, for example of another version. */
export function readRecord(text: string | null): VoteRecord | undefined {
  let value: Partial<VoteRecord> | null;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
  const { voter, choice, stage, receipt, reason, before } = value ?? {};
  if (!isText(voter) || !Array.isArray(choice) || !choice.every(isText)) return undefined;
  if (!STAGES.some((one) => one === stage)) return undefined;
  const record: VoteRecord = { voter, choice, stage: stage as Stage };
  if (isText(receipt)) record.receipt = receipt;
  if (isText(reason)) record.reason = reason;
  if (isText(before?.receipt) && before.choice.every?.(isText)) record.before = before;
  return record;
}
