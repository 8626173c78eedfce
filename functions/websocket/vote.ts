import middy from '@middy/core';
import type { ServerMessage } from '../../lib/client/messages.ts';
import { messages } from '../../lib/realtime/messages.ts';
import type { FrameEvent } from '../../lib/realtime/webSocketEvents.ts';
import { parse } from '../../lib/schemas/parse.ts';
import { voteFrameSchema } from '../../lib/schemas/webSocketFrames.ts';
import { openBallotBox } from '../../lib/voting/ballotBox.ts';
import { refusedBallot } from '../../lib/voting/refusals.ts';

const ballotBox = openBallotBox();

/** Takes a vote as `POST /polls/{id}/vote` does. What became of it is pushed once it is counted or rejected. */
async function vote({ frame, requestContext: { connectionId } }: FrameEvent): Promise<ServerMessage> {
  const { poll_id, ...ballot } = parse(voteFrameSchema, frame.fields);
  const cast = await ballotBox.cast(poll_id, ballot, { connectionId, requestId: frame.requestId });
  if (cast.outcome === 'refused') throw refusedBallot(cast.code);
  return { type: 'VOTE_STATUS', status: 'accepted', receipt: cast.receipt, poll_id: cast.pollId };
}

export const handler = middy(vote).use(messages());
