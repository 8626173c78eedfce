import * as v from 'valibot';
import type { BoardEntry } from '../domain/leaderboard.ts';
import { exactly } from './exactly.ts';
import { count, time, uuid } from './values.ts';

export const boardEntrySchema = exactly<BoardEntry>()(
  v.object({
    rank: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('As many votes, the same rank: 1, 2, 2, 4.'),
    ),
    poll_id: uuid,
    poll_question: v.string(),
    option_id: uuid,
    option_text: v.string(),
    position: count,
    vote_count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
);

export const leaderboardSchema = v.object({ data: v.array(boardEntrySchema), timestamp: time });
