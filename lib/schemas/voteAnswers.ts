import * as v from 'valibot';
import type { CastVoteResponse, VoteStatusResponse } from '../client/messages.ts';
import { exactly } from './exactly.ts';
import { receipt, rejectionReason, uuid } from './values.ts';

const names = { receipt, poll_id: uuid };

type CastAs<Status> = Omit<CastVoteResponse, 'status'> & { status: Status };

export const acceptedVoteSchema = exactly<CastAs<'accepted'>>()(
  v.object({ status: v.literal('accepted'), ...names }),
);

export const countedVoteSchema = exactly<CastAs<'counted'>>()(
  v.object({ status: v.literal('counted'), ...names }),
);

export const voteStatusSchema = exactly<VoteStatusResponse>()(
  v.object({
    status: v.pipe(
      v.picklist(['accepted', 'counted', 'replaced', 'rejected']),
      v.description(
        'Accepted: safe, not yet counted. Replaced: counted, until a later vote of the same voter took its place.',
      ),
    ),
    reason: v.exactOptional(rejectionReason),
    poll_id: uuid,
  }),
);
