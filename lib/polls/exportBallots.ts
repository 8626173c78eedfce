import type { SigningKeys } from '../config.ts';
import type { Poll } from '../domain/poll.ts';
import type { BallotPage } from '../domain/results.ts';
import { invalidField } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { listBallots } from '../sql/listBallots.ts';
import { createSeal } from '../tokens/seal.ts';

const UUID_BYTES = 16;
const POLL_ID_HEX_DIGITS = 32;
// Lambda answers with 6 MB at most. A ballot is 39 characters for each choice, and 60 more.
const PAGE_BYTES = 4_000_000;
const MAX_PER_PAGE = 20_000;

function pageSize(maxChoices: number): number {
  return Math.min(MAX_PER_PAGE, Math.floor(PAGE_BYTES / (60 + 39 * maxChoices)));
}

/** Reads the ballots of a poll by pages. A cursor is sealed, since it names a voter's key.
 * @returns a function that takes the poll as its reader may see it, and the cursor of the page before; it throws
 * `RefusedError` `invalid_request` for what is no cursor of this poll */
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
    const pollId = poll.id.replaceAll('-', '');
    const after = cursor === undefined ? undefined : readCursor(cursor, pollId);
    const isHidden = poll.total_votes === null;
    if (isHidden) return { ballots: null, next_cursor: null };
    const size = pageSize(poll.max_choices);
    // One more than the page holds tells whether there is another.
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
