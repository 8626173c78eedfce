import { ballotSchema, type CastVoteFields, provenBallotSchema } from '../schemas/ballot.ts';
import type { IdentifyVoter } from '../voting/identifyVoter.ts';
import { bearerToken } from './bearerToken.ts';
import { readJson } from './readJson.ts';
import type { HttpEvent } from './types.ts';

/** A vote as it came, and whose it is. A token is looked at before the body, as API Gateway does.
 * @param identify by the token; undefined where the body says who votes
 * @throws what `identify` throws, then what `readJson` does */
export async function readBallot(
  event: HttpEvent,
  identify: IdentifyVoter | undefined,
): Promise<CastVoteFields> {
  if (!identify) return readJson(event, ballotSchema);
  const userId = await identify(bearerToken(event));
  return { ...readJson(event, provenBallotSchema), userId };
}
