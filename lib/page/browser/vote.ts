/** The vote view. Its script is in the page itself, so that it works after one response. */
import type { PollPageData } from '../views/pageData.ts';
import { describeTime } from '../views/phase.ts';
import { speaker } from '../views/speak.ts';
import { describeVote, hasVoted, isPending, type VoteRecord } from '../views/voteRecord.ts';
import { voteScreen } from '../views/voteScreen.ts';
import type { VoteWords } from '../words/words.ts';
import { Announcer } from './announcer.ts';
import { LOST, type Report, VoteSender } from './castVote.ts';
import { createPageClient, readData, serverNow } from './connect.ts';
import { atPace, byId, setText, showText } from './dom.ts';
import { FollowedPoll } from './followedPoll.ts';
import { isFramed, reportHeight } from './frame.ts';
import { manageIfOwner } from './manageIfOwner.ts';
import { ResultsPanel } from './resultsPanel.ts';
import { VoteForm } from './voteForm.ts';
import { VoteStore } from './voteStore.ts';
import { watchTimes } from './watchTimes.ts';

const data = readData<PollPageData<VoteWords>>();
const { words, poll: first } = data;
const say = speaker(data.language);
const polls = createPageClient(data);
const live = polls.live();
const sender = new VoteSender(polls, live);
const store = new VoteStore(first.id);
const announcer = new Announcer(byId('status'));
const panel = new ResultsPanel(byId('results'), words, say, announcer);
const [peek, change, keep] = [byId('peek'), byId('change'), byId('keep')];

let isChanging = false;
let wantsResults = false;
let turn = 0;

const form = new VoteForm({ words, max: first.max_choices, allowsNone: () => isChanging, vote });

const drawSoon = atPace(draw);
const followed = new FollowedPoll(live, first, words, drawSoon);

function draw(): void {
  const { poll, viewers, isDeleted } = followed;
  const now = serverNow();
  const screen = voteScreen({ poll, isDeleted, record: store.record, now, isChanging, wantsResults });
  setText(byId('time'), isDeleted ? words.deleted : describeTime(poll, now, words, say));
  form.show(screen.form);
  showFate(store.record);
  showText(byId('notice'), screen.notice ? words[screen.notice] : '');
  change.hidden = !screen.canChange;
  keep.hidden = !isChanging;
  peek.hidden = !screen.canPeek;
  setText(peek, wantsResults ? words.showForm : words.showResults);
  byId('results').hidden = screen.results === 'hidden';
  if (screen.results === 'shown')
    panel.draw({ poll, viewers, isFinal: poll.is_final, chosen: store.record.choice });
  announcer.enter(screen.phase, byId('time'));
  reportHeight();
}

function showFate(record: VoteRecord): void {
  const lost = record.stage !== 'none' && !store.isKept ? ` ${words.notKept}` : '';
  const fate = byId('fate');
  showText(fate, describeVote(record, words) + lost);
  fate.dataset['stage'] = record.stage;
}

/** @returns what reports of this vote, until a newer one takes its place */
function reporter(): Report {
  turn += 1;
  const mine = turn;
  return (changed) => mine === turn && report(changed);
}

function report(changed: Partial<VoteRecord>): void {
  store.change(changed);
  const { before } = store.record;
  // A choice that does not count is not marked in the results.
  if (changed.stage === 'rejected') store.change(before ? { ...before, stage: 'kept' } : { choice: [] });
  const { stage, receipt } = store.record;
  if (!isPending(store.record)) announcer.sayNow(describeVote(store.record, words));
  if (stage === 'arrived') followed.watch(receipt);
  // Not in the next frame: a page that is closed now has its record, and one that is shown its line.
  draw();
}

function vote(choice: string[]): void {
  if (isPending(store.record)) return;
  isChanging = false;
  const { voter, stage, choice: chosen, receipt } = store.record;
  const counts = stage === 'counted' || stage === 'kept';
  const before = counts && receipt ? { before: { choice: chosen, receipt } } : {};
  // A receipt of an earlier vote must not be taken for that of this one.
  store.record = { voter, choice, stage: 'sending', ...before };
  // Before another tab learns of the vote, or that tab could take its turn.
  void settleInTurn(true, []);
  report({ choice, stage: 'sending' });
  focusOnFate();
}

/** The form that had the focus is gone: the results have it, or the line above where they are hidden. */
function focusOnFate(): void {
  (byId('results').hidden ? byId('fate') : panel.heading).focus();
}

/** Sends what has not arrived, follows what is not counted.
 * @param earlier attempts to send it that may have landed, as before a reload */
async function settle(earlier = [LOST]): Promise<void> {
  const { voter, choice, stage, receipt } = store.record;
  const ballot = { pollId: first.id, voter, choice, isSingle: first.max_choices === 1 };
  if (stage === 'sending' || stage === 'unsent') await sender.send(ballot, reporter(), earlier);
  else if (receipt && hasVoted(store.record)) await sender.follow({ receipt }, reporter());
}

/** Settles a vote that is on its way. Another tab takes over when this one is closed, and not earlier: if two tabs send
 * the vote, the server tells one of them that the voter has already voted.
 * @param isOurs false if another tab has begun to settle it; then this tab waits for that tab's lock. Plain http and
 * sandboxes have no locks, so there this tab does nothing. */
async function settleInTurn(isOurs: boolean, earlier?: (typeof LOST)[]): Promise<void> {
  try {
    // A tab that a phone has suspended may keep the lock.
    await navigator.locks.request(store.record.voter, { ifAvailable: isOurs }, async () => {
      store.refresh();
      if (isPending(store.record)) await settle(earlier);
    });
  } catch {
    if (isOurs) await settle(earlier);
  }
}

change.onclick = () => {
  isChanging = true;
  form.fill(store.record.choice);
  draw();
  form.focus();
};
keep.onclick = () => {
  isChanging = false;
  draw();
  focusOnFate();
};
peek.onclick = () => {
  wantsResults = !wantsResults;
  draw();
};

store.onOtherTab(() => {
  const { receipt } = store.record;
  if (receipt) followed.watch(receipt);
  if (isPending(store.record)) void settleInTurn(false);
  drawSoon();
});
watchTimes(() => followed.poll, drawSoon);
followed.watch(store.record.receipt);
form.fill(store.record.choice);
void (isPending(store.record) ? settleInTurn(true) : settle());
draw();
if (!isFramed)
  manageIfOwner({ data, polls, live, say }).catch(() => {
    // The owner's part did not load; the history keeps the token for a reload.
    showText(byId('strip'), words.offline);
  });
