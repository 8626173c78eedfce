/** The owner's part of the vote view, loaded with the owner's token: share, and the remote of the wall. */
import type { ApiError, Poll, UpdatePollRequest } from 'poleparty-client';
import { pollLinks } from '../views/links.ts';
import { phaseOf } from '../views/phase.ts';
import type { ManageWords } from '../words/words.ts';
import { serverNow } from './connect.ts';
import { askOnce, byId, el, isBusy, setBusy, setText, showText } from './dom.ts';
import { forgetMade, keepMade, madePolls } from './madePolls.ts';
import type { Management } from './manageIfOwner.ts';
import { shareSheet } from './shareSheet.ts';
import { showTurnout } from './showTurnout.ts';

const SOON_SECONDS = 30;
const MORE_SECONDS = 300;

interface Action {
  button: HTMLButtonElement;
  phases: string[];
}

const isWrongToken = (error: unknown) => ['forbidden', 'unauthorized'].includes((error as ApiError).code);

async function loadWords(path = ''): Promise<ManageWords> {
  return (await fetch(path)).json();
}

/** Resolves without the style too: the owner's part works without it. */
function loadStyle(href = ''): Promise<unknown> {
  const link = el('link', { rel: 'stylesheet', href });
  document.head.append(link);
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
  });
}

/** The poll's `admin_token`: that of a link that led here, else that of a poll made on this device. */
function tokenFor(pollId: string): string | undefined {
  const given: string | undefined = history.state?.token;
  return given ?? madePolls().find((made) => made.id === pollId)?.token;
}

/** Shows the owner's part, if this device has the token; a wrong token gets a notice, and the page stays the voters'. */
export async function manage(management: Management): Promise<void> {
  const token = tokenFor(management.data.poll.id);
  if (token) await showPanel(management, token);
}

async function showPanel(management: Management, token: string): Promise<void> {
  const { data, polls, live, say: speak } = management;
  const { id, code } = data.poll;
  const [words] = await Promise.all([loadWords(data.chunks['words']), loadStyle(data.chunks['style'])]);
  const notice = el('p', { className: 'bad', hidden: true });
  const { results_visibility, is_final } = data.poll;
  const isSecret = results_visibility !== 'always';
  const turnout = el('p', { textContent: '\u00a0', hidden: !isSecret || is_final });
  const readAsOwner = () => polls.getPoll(id, undefined, { ownerToken: token });
  let { poll }: { poll: Poll } = data;

  const say = (text: string, isBad = false) => {
    setText(byId('status'), text);
    showText(notice, isBad ? text : '');
  };

  const failed = (error: unknown) => {
    if (!isWrongToken(error)) return say(words.failed, true);
    history.replaceState(null, '');
    // A link with a wrong token must not take away the right one.
    if (madePolls().some((made) => made.id === id && made.token === token)) forgetMade(id);
    panel.replaceChildren(notice);
    say(words.wrong, true);
  };

  async function change(button: HTMLElement, act: () => Promise<unknown>): Promise<void> {
    if (isBusy(button)) return;
    setBusy(button, true);
    try {
      await act();
      say(words.done);
    } catch (error) {
      failed(error);
    }
    setBusy(button, false);
  }

  function action(text: string, phases: string[], changes: () => UpdatePollRequest): Action {
    const button = el('button', { type: 'button', textContent: text });
    button.onclick = () => change(button, () => polls.updatePoll(id, token, changes()));
    return { button, phases };
  }

  const inSeconds = (seconds: number) => () => ({ expires_in: seconds });
  const extended = () => {
    const left = Math.max(0, Date.parse(poll.expired_at) - serverNow()) / 1_000;
    return { expires_in: Math.ceil(left) + MORE_SECONDS };
  };
  const close = action(words.close, ['open'], () => ({ closed: true }));
  askOnce(close.button, words.closeSure);
  const actions = [
    close,
    action(words.closeSoon, ['open'], inSeconds(SOON_SECONDS)),
    action(words.extend, ['open'], extended),
    action(words.reopen, ['closing', 'final'], inSeconds(MORE_SECONDS)),
    action(words.open, ['scheduled'], () => ({ opens_at: new Date(serverNow()).toISOString() })),
  ];

  const remove = el('button', { textContent: words.delete });
  const typed = el('input', { autocomplete: 'off', ariaLabel: words.deleteHint });
  const removal = el('form', { className: 'bar' }, typed, remove);
  removal.onsubmit = (event) => {
    event.preventDefault();
    if (typed.value.trim().toUpperCase() !== code) return typed.focus();
    void change(remove, async () => {
      await polls.deletePoll(id, token);
      forgetMade(id);
      panel.remove();
    });
  };

  const links = pollLinks(data.publicUrl || location.origin, code);
  const panel = el(
    'section',
    { className: 'panel', ariaLabel: words.heading },
    el('h2', { textContent: words.heading }),
    notice,
    turnout,
    el('div', { className: 'bar' }, ...actions.map(({ button }) => button)),
    ...shareSheet({ words, links, code, token, say, qrPath: data.chunks['qr'] ?? '' }),
    el(
      'details',
      {},
      el('summary', { textContent: words.delete }),
      el('p', { textContent: words.deleteHint }),
      removal,
    ),
  );
  document.querySelector('main')?.prepend(panel);
  document.body.hidden = false;

  const show = () => {
    const phase = phaseOf(poll, serverNow());
    for (const { button, phases } of actions) button.hidden = !phases.includes(phase);
  };
  const stop = live.watchPoll(id, (state) => {
    poll = state.poll;
    show();
    if (!state.deleted) return;
    panel.remove();
    stop();
  });
  const ticking = setInterval(() => (panel.isConnected ? show() : clearInterval(ticking)), 1_000);
  show();
  try {
    const { question } = await readAsOwner();
    keepMade({ id, code, question, token });
    if (isSecret) showTurnout(turnout, readAsOwner, () => poll.is_final, data.words, speak);
  } catch (error) {
    // Without the network the token may still be right.
    if (isWrongToken(error)) failed(error);
  }
}
