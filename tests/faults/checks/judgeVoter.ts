import type { Try, Voter } from '../load/voter.ts';
import { type Certainty, type ClockStep, isAcrossStep } from './certainty.ts';
import type { Finding, FindingKind } from './finding.ts';

/** The final status of a vote's receipt: `counted`, `replaced`, or the reason of the rejection. */
export type Outcome = string;

export interface Judged {
  voter: Voter;
  certainties: Certainty[];
  /** Votes of one voter on both sides of one may be in either order. */
  steps: ClockStep[];
  /** The choices of this voter's row, if there is one. */
  stored: number | undefined;
  /** By the receipts of the tries that were accepted. */
  outcomes: Map<string, Outcome>;
}

const NOT_OPEN = new Set(['poll_closed', 'poll_not_open']);

/** Compares a voter's actions and answers with the stored row: a vote accepted before the end is counted once, with
 * the right choice, and nothing else is counted. */
export function judgeVoter({ voter, certainties, steps, stored, outcomes }: Judged): Finding[] {
  const findings: Finding[] = [];
  const find = (kind: FindingKind, what: string) =>
    findings.push({ kind, said: `${describe(voter, outcomes)} stored ${stored}: ${what}`, votes: 1 });
  const accepted = voter.tries.filter(({ answer }) => answer === 'accepted');
  const outcomeOf = ({ receipt = '' }: Try) => outcomes.get(receipt) ?? 'accepted';
  const takesAt = (made: Try) => certaintyAt(certainties, made);

  const standing = standingCandidates(voter, steps, takesAt);
  if (stored !== undefined && !standing.some(({ choices }) => choices === stored)) {
    find('wrong', `a choice that cannot stand (${standing.map(({ choices }) => choices)} can)`);
  }
  if (stored === undefined && accepted.some((made) => takesAt(made) === 'open')) find('lost', 'no row');
  const counted = accepted.filter((made) => outcomeOf(made) === 'counted');
  if (counted.length > 1) find('doubled', 'several receipts say counted');
  if (counted.some(({ choices }) => choices !== stored))
    find('wrong', 'the receipt that counted is not stored');

  for (const made of accepted) {
    const outcome = outcomeOf(made);
    const isByTime = NOT_OPEN.has(outcome);
    const passedOver = voter.poll.allow_change ? 'replaced' : 'already_voted';
    if (outcome === 'accepted') find('stuck', 'a receipt still says accepted');
    else if (takesAt(made) === 'open' && isByTime)
      find('lost', `rejected by time though the poll was open ${sides(certainties, made)}`);
    else if (takesAt(made) === 'closed' && !isByTime)
      find('wrong', `not rejected though the poll was closed ${sides(certainties, made)}`);
    else if (!isByTime && outcome !== 'counted' && outcome !== passedOver)
      find('wrong', `a receipt says ${outcome}`);
  }
  const refused = voter.tries.find((made) => made.answer === 'refused' && takesAt(made) === 'open');
  if (refused) find('wrong', `refused though the poll was open ${sides(certainties, refused)}`);
  return findings;
}

/** The tries that may be the standing vote: those that may have counted and that no other certainly precedes. */
function standingCandidates(
  { tries, poll }: Voter,
  steps: ClockStep[],
  takesAt: (made: Try) => string,
): Try[] {
  const sure = tries.filter((made) => made.answer === 'accepted' && takesAt(made) === 'open');
  // A change is ordered by the time of its acceptance, and the first of several votes by its place in the log.
  const winsOver = (winner: Try, other: Try) =>
    poll.allow_change
      ? other.answeredAt < winner.sentAt && !isAcrossStep(steps, other.sentAt, winner.answeredAt)
      : winner.answeredAt < other.sentAt;
  return tries.filter(
    (made) =>
      made.answer !== 'refused' &&
      takesAt(made) !== 'closed' &&
      !sure.some((winner) => winsOver(winner, made)),
  );
}

function certaintyAt(certainties: Certainty[], { sentAt, answeredAt }: Try): 'open' | 'closed' | 'unknown' {
  const certain = certainties.find(({ from, to }) => from <= sentAt && answeredAt <= to);
  if (!certain) return 'unknown';
  return certain.isOpen ? 'open' : 'closed';
}

/** The distances of a try from both ends of the certain interval around it. */
function sides(certainties: Certainty[], { sentAt, answeredAt }: Try): string {
  const certain = certainties.find(({ from, to }) => from <= sentAt && answeredAt <= to);
  const [before, after] = [sentAt - (certain?.from ?? Number.NaN), (certain?.to ?? Number.NaN) - answeredAt];
  return `since ${before.toFixed(1)} ms and for ${after.toFixed(1)} ms more`;
}

function describe({ userId, habit, by, poll, tries }: Voter, outcomes: Map<string, Outcome>): string {
  const made = tries.map(
    ({ choices, answer, receipt = '' }) => `${choices} ${outcomes.get(receipt) ?? answer}`,
  );
  const where = poll.allow_change ? ', may change' : '';
  return `${userId} (${habit} by ${by}${where}: ${made.slice(-6).join('; ')})`;
}
