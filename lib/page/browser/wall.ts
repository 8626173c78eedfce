/** The wall and the overlay: results for a room or a stream, by the same rows as everywhere. */
import { pollLinks } from '../views/links.ts';
import type { PollPageData } from '../views/pageData.ts';
import { describeTime, phaseOf } from '../views/phase.ts';
import { speaker } from '../views/speak.ts';
import { describeLeader, type Row, standingsOf } from '../views/standings.ts';
import { wallRows } from '../views/wallRows.ts';
import type { WallWords } from '../words/words.ts';
import { Announcer } from './announcer.ts';
import { createPageClient, readData, serverNow, watchConnection } from './connect.ts';
import { byId, oncePerFrame, setText } from './dom.ts';
import { isFramed } from './frame.ts';
import { ResultRows } from './resultRows.ts';
import { showWords } from './showWords.ts';
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
let state = { poll: first, viewers: 0, deleted: false };
let isFading = false;
const show = { isHidden: false, isPaused: false };

const describe = ({ votes, share }: Row) => `${say.number(votes)} · ${say.percent(share)}`;

function drawResults(isFinal: boolean): void {
  const standings = standingsOf(state.poll);
  byId('results').hidden = !standings || show.isHidden;
  if (!standings || show.isHidden) {
    const turnout = state.poll.total_votes;
    const notice = show.isHidden ? words.hidden : words.afterClose;
    setText(byId('summary'), turnout === null ? notice : `${notice} ${say.count(words.votes, turnout)}`);
    return;
  }
  const { rows: shown, others, columns } = wallRows(standings, isFinal, most);
  rows.draw(shown, { describe, mark: () => '' });
  rows.list.classList.toggle('two', columns === 2);
  const leader = describeLeader(standings, isFinal, words, say);
  const total = say.count(standings.isSingle ? words.votes : words.voters, standings.total);
  const more = others > 0 && !isOverlay ? ` · ${say.count(words.others, others)}` : '';
  setText(byId('summary'), isFinal ? leader : `${total}${more}`);
  if (isFinal) announcer.sayNow(leader);
  else announcer.say(leader);
}

function draw(): void {
  const now = serverNow();
  const { poll, deleted } = state;
  setText(byId('time'), deleted ? words.deleted : describeTime(poll, now, words, say));
  if (!show.isPaused) drawResults(phaseOf(poll, now) === 'final');
  if (isOverlay && poll.is_final && !isFading) {
    isFading = true;
    setTimeout(() => document.body.classList.add('faded'), FADE_AFTER_MS);
  }
}

const drawSoon = oncePerFrame(draw);

byId('results').append(rows.list);
const arrived = watchConnection(live, byId('strip'), words);
live.watchPoll(first.id, (present) => {
  state = present;
  arrived();
  showWords(present.poll);
  drawSoon();
});
watchTimes(() => state.poll, drawSoon);
draw();

if (isOverlay) {
  document.body.dataset['pos'] = query.get('pos') ?? 'bl';
} else {
  const { qr, host, link } = pollLinks(data.publicUrl || location.origin, first.code);
  setText(byId('join-at'), words.joinAt.replace('{host}', host));
  import(data.chunks['qr'] ?? '').then(({ qrCode }: typeof import('./qr.ts')) =>
    byId('qr').append(qrCode(qr, `${words.qr}: ${link}`)),
  );
  if (!isFramed)
    wallControls({ words, place: byId('controls'), show, draw, hasKeys: query.get('keys') !== 'off' });
}
