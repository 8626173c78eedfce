import type { Poll } from '../../domain/poll.ts';
import { type Phase, phaseOf } from './phase.ts';
import { hasVoted, isPending, type VoteRecord } from './voteRecord.ts';

/** Everything that decides what the vote view shows. */
export interface VoteFacts {
  poll: Poll;
  isDeleted: boolean;
  record: VoteRecord;
  /** The server's clock. */
  now: number;
  /** The voter has asked for the form again. */
  isChanging: boolean;
  /** The viewer wants the results before voting. */
  wantsResults: boolean;
}

export interface VoteScreen {
  phase: Phase | 'deleted';
  form: 'open' | 'locked' | 'hidden';
  results: 'shown' | 'hidden';
  /** The sentence in place of results that this reader may not see yet. */
  notice: 'afterVote' | 'afterClose' | undefined;
  canChange: boolean;
  /** Whether the reader can switch between form and results. */
  canPeek: boolean;
}

/** Decides what is on the screen. It reads the facts and nothing else, so a reload and a late message give the same. */
export function voteScreen(facts: VoteFacts): VoteScreen {
  const { poll, record, isChanging, wantsResults } = facts;
  if (facts.isDeleted) {
    const nothing = { canChange: false, canPeek: false, notice: undefined };
    return { phase: 'deleted', form: 'hidden', results: 'hidden', ...nothing };
  }
  const phase = phaseOf(poll, facts.now);
  const isVisible = poll.options.every(({ vote_count }) => vote_count !== null);
  const voted = hasVoted(record);
  const hasEnded = phase === 'closing' || phase === 'final';
  const hidesForm = hasEnded || (voted && !isChanging) || (wantsResults && !voted);
  const form = hidesForm ? 'hidden' : phase === 'scheduled' ? 'locked' : 'open';
  const wantsThem = hasEnded || voted || wantsResults;
  return {
    phase,
    form,
    results: wantsThem && isVisible ? 'shown' : 'hidden',
    notice: noticeFor(facts, isVisible, voted, hasEnded),
    canChange: phase === 'open' && voted && poll.allow_change && !isChanging && !isPending(record),
    canPeek: phase === 'open' && !voted && isVisible,
  };
}

function noticeFor({ poll }: VoteFacts, isVisible: boolean, voted: boolean, hasEnded: boolean) {
  if (isVisible || hasEnded || poll.results_visibility === 'always') return undefined;
  if (poll.results_visibility === 'after_close') return 'afterClose';
  return voted ? undefined : 'afterVote';
}
