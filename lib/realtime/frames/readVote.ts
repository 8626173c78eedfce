import type { CastVoteFields } from '../../contract/castVoteRequest.ts';
import { provenVoteFrameSchema, voteFrameSchema } from '../../contract/frames.ts';
import { parse } from '../../contract/inputs.ts';
import type { IdentifyVoter } from '../../votes/identifyVoter.ts';
import type { FrameEvent } from './readFrame.ts';

export interface LiveVote {
  pollId: string;
  ballot: CastVoteFields;
}

/** Parses a vote and identifies the voter. The frame's token takes precedence over the connection's, which
 * may have expired.
 * @param identify verifies the token; undefined where the frame names the voter
 * @throws {RefusedError} `invalid_request`, then what `identify` throws */
export async function readVote(
  { frame, requestContext: { authorizer } }: FrameEvent,
  identify: IdentifyVoter | undefined,
): Promise<LiveVote> {
  if (!identify) {
    const { poll_id, ...ballot } = parse(voteFrameSchema, frame.fields);
    return { pollId: poll_id, ballot };
  }
  const { poll_id, token, optionIds } = parse(provenVoteFrameSchema, frame.fields);
  const userId = await identify(token ?? authorizer?.token);
  return { pollId: poll_id, ballot: { userId, optionIds } };
}
