import type { SigningKeys } from '../config.ts';
import type { Poll } from '../domain/poll.ts';
import { hexOf } from '../domain/pollId.ts';
import type { BallotPage } from '../domain/results.ts';
import { invalidField } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { listBallots } from '../sql/listBallots.ts';
import { createSeal } from '../tokens/seal.ts';

const UUID_BYTES = 16;
const POLL_ID_HEX_DIGITS = 32;
// Lambda responses are limited to 6 MB. A ballot takes 60 characters plus 39 per choice.
const PAGE_BYTES = 4_000_000;
const MAX_PER_PAGE = 20_000;

function pageSize(maxChoices: number): number {
  return Math.min(MAX_PER_PAGE, Math.floor(PAGE_BYTES / (60 + 39 * maxChoices)));
}

/** Reads a poll's ballots page by page. The cursor is sealed because it contains a voter key.
 * @returns a function of the poll as its reader sees it and the previous page's cursor; it throws
 * `RefusedError` `invalid_request` for a foreign cursor */
export function createBallotPages(keys: SigningKeys) {
  const seal = createSeal(keys, 'ballots', 2 * UUID_BYTES);

  function readCursor(cursor: string, pollId: string): string {
    const hex = seal.open(cursor)?.toString('hex') ?? '';
    if (!hex.startsWith(pollId)) {
      throw invalidField('cursor', 'must be the next_cursor of a page of this poll.');
    }
    return hex.slice(POLL_ID_HEX_DIGITS);
  }

  return async (sql: Sql, poll: Poll, cursor: string | undefined): Promise<BallotPage> => {
    const pollId = hexOf(poll.id);
    const after = cursor === undefined ? undefined : readCursor(cursor, pollId);
    // Not the total, which owners may see of hidden results.
    const isHidden = poll.options.some(({ vote_count }) => vote_count === null);
    if (isHidden) return { ballots: null, next_cursor: null };
    const size = pageSize(poll.max_choices);
    // One extra row shows whether another page follows.
    const found = await listBallots(sql, poll.id, after, size + 1);
    const page = found.slice(0, size);
    const last = found.length > size ? page.at(-1) : undefined;
    return {
      ballots: page.map(({ optionIds, votedAt }) => ({
        option_ids: optionIds,
        voted_at: votedAt.toISOString(),
      })),
      next_cursor: last ? seal.close(Buffer.from(pollId + last.voterKey, 'hex')) : null,
    };
  };
}
