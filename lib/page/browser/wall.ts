/** The wall and the overlay: results for a room or a stream, by the same rows as everywhere. */
import type { Poll } from '../../domain/poll.ts';
import { pollLinks } from '../views/links.ts';
import type { PollPageData } from '../views/pageData.ts';
import { describeTime, phaseOf } from '../views/phase.ts';
import { speaker } from '../views/speak.ts';
import { describeLeader, type Row, standingsOf } from '../views/standings.ts';
import { wallRows } from '../views/wallRows.ts';
import type { WallWords } from '../words/words.ts';
import { Announcer } from './announcer.ts';
import { createPageClient, readData, serverNow } from './connect.ts';
import { atPace, byId, setText } from './dom.ts';
import { FollowedPoll } from './followedPoll.ts';
import { isFramed } from './frame.ts';
import { ResultRows } from './resultRows.ts';
import { wallControls } from './wallControls.ts';
import { watchTimes } from './watchTimes.ts';

const data = readData<PollPageData<WallWords>>();
const { words, poll: first, view } = data;
const isOverlay = view === 'overlay';
const query = new URLSearchParams(location.search);
const most = isOverlay ? Math.max(1, Number(query.get('max')) || 5) : undefined;
const FADE_AFTER_MS = 10_000;

const say = speaker(data.language);
const live = createPageClient(data).live();
const announcer = new Announcer(byId('status'));
const rows = new ResultRows();
let fading: ReturnType<typeof setTimeout> | undefined;
const show = { isHidden: false, isPaused: false };

const describe = ({ votes, share }: Row) => `${say.number(votes)} · ${say.percent(share)}`;

const drawSoon = atPace(draw);
const followed = new FollowedPoll(live, first, words, drawSoon);

function drawResults(isFinal: boolean): void {
  const { poll, isDeleted } = followed;
  // Until the first message the rows of the server stand.
  if (poll === first && !isDeleted && !show.isHidden) {
    byId('results').hidden = false;
    return;
  }
  const standings = isDeleted || show.isHidden ? undefined : standingsOf(poll);
  byId('results').hidden = !standings;
  if (!standings) {
    setText(byId('summary'), isDeleted ? '' : noticeOf(poll));
    // Otherwise a pending announcement would still name the leader.
    if (show.isHidden && !isDeleted) announcer.sayNow(words.hidden);
    return;
  }
  const { rows: shown, others, columns } = wallRows(standings, isFinal, most);
  rows.draw(shown, { describe, mark: () => '' });
  // Put there again, the bars would not glide.
  if (!rows.list.isConnected) byId('results').replaceChildren(rows.list);
  rows.list.classList.toggle('two', columns === 2);
  const leader = describeLeader(standings, isFinal, words, say);
  const total = say.count(standings.isSingle ? words.votes : words.voters, standings.total);
  const more = others > 0 && !isOverlay ? ` · ${say.count(words.others, others)}` : '';
  setText(byId('summary'), isFinal ? leader : `${total}${more}`);
  if (isFinal) announcer.sayNow(leader);
  else announcer.say(leader);
}

/** In place of results: why there are none. Before the first message it is not known that there are any. */
function noticeOf({ total_votes, results_visibility, is_final }: Poll): string {
  const isSecret = results_visibility !== 'always' && !is_final;
  if (!show.isHidden && !isSecret) return '';
  const notice = show.isHidden ? words.hidden : words.afterClose;
  return total_votes === null ? notice : `${notice} ${say.count(words.votes, total_votes)}`;
}

function draw(): void {
  const now = serverNow();
  const { poll, isDeleted } = followed;
  const phase = isDeleted ? 'deleted' : phaseOf(poll, now);
  setText(byId('time'), isDeleted ? words.deleted : describeTime(poll, now, words, say));
  announcer.enter(phase, byId('time'));
  if (!show.isPaused || isDeleted) drawResults(phase === 'final');
  if (isOverlay) {
    // It appears as a whole: what grows would move before the viewers' eyes.
    document.body.classList.toggle('ready', poll !== first || isDeleted);
    fade(poll.is_final || isDeleted);
  } else byId('join').hidden = isDeleted;
}

/** An overlay leaves the stream some time after the end, and comes back when the poll is reopened. */
function fade(isOver: boolean): void {
  if (!isOver) {
    clearTimeout(fading);
    fading = undefined;
    document.body.classList.remove('faded');
  } else fading ??= setTimeout(() => document.body.classList.add('faded'), FADE_AFTER_MS);
}

followed.watch();
watchTimes(() => followed.poll, drawSoon);
draw();

if (isOverlay) {
  document.body.dataset['pos'] = query.get('pos') ?? 'bl';
} else {
  const { qr, host, link } = pollLinks(data.publicUrl || location.origin, first.code);
  setText(byId('join-at'), words.joinAt.replace('{host}', host));
  import(data.chunks['qr'] ?? '').then(({ qrCode }: typeof import('./qr.ts')) =>
    byId('qr').append(qrCode(qr, `${words.qr}: ${link}`)),
  );
  const place = byId('controls');
  place.hidden = isFramed;
  if (!isFramed) wallControls({ words, place, show, draw, hasKeys: query.get('keys') !== 'off' });
}
