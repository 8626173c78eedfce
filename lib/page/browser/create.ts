/** The start: makes polls, and shows those of this device and the board. */
import type { ApiError } from 'poleparty-client';
import {
  type Draft,
  type DraftField,
  draftProblems,
  fieldOf,
  requestOf,
  TEMPLATE_SEPARATOR,
} from '../views/draft.ts';
import type { PageData } from '../views/pageData.ts';
import type { CreateWords } from '../words/words.ts';
import { showBoard } from './board.ts';
import { useCodeForm } from './codeForm.ts';
import { createPageClient, readData, serverNow, watchConnection } from './connect.ts';
import { byId, el, isBusy, setBusy, setText, showText, userText } from './dom.ts';
import { keepMade, madePolls } from './madePolls.ts';
import { OptionRows } from './optionRows.ts';
import { randomId } from './store.ts';

const data = readData<PageData<CreateWords>>();
const { words } = data;
const polls = createPageClient(data);
const live = polls.live();

const question = byId<HTMLTextAreaElement>('question');
const duration = byId<HTMLSelectElement>('duration');
const date = byId<HTMLInputElement>('date');
const max = byId<HTMLInputElement>('max');
const change = byId<HTMLInputElement>('change');
const visibility = byId<HTMLSelectElement>('visibility');
const listed = byId<HTMLInputElement>('listed');
const start = byId('start');

/** A retry of the same draft creates no second poll; a changed draft is another poll. */
let key = randomId();
const rows = new OptionRows(words, () => {
  key = randomId();
});

const readDraft = (): Draft => ({
  question: question.value,
  options: rows.texts,
  duration: duration.value,
  date: Date.parse(date.value),
  max: max.valueAsNumber,
  mayChange: change.checked,
  visibility: visibility.value as Draft['visibility'],
  isListed: listed.checked,
});

const TEXTS: Record<DraftField, keyof CreateWords> = {
  question: 'questionMissing',
  options: 'optionsMissing',
  date: 'dateInvalid',
};
const FIELDS: Record<DraftField, { focus(): void }> = { question, options: rows, date };

/** Shows each problem at its field, and puts the focus on the first. */
function showProblems(fields: DraftField[], text?: string): void {
  for (const field of Object.keys(TEXTS) as DraftField[]) {
    showText(byId(`${field}-problem`), fields.includes(field) ? (text ?? `${words[TEXTS[field]]}`) : '');
  }
  const [first] = fields;
  if (first) FIELDS[first].focus();
}

async function createPoll(): Promise<void> {
  const draft = readDraft();
  const problems = draftProblems(draft, serverNow());
  showProblems(problems);
  showText(byId('problem'), '');
  if (problems.length > 0 || isBusy(start)) return;
  setBusy(start, true);
  setText(byId('status'), words.starting);
  try {
    const { id, code, question: asked, admin_token: token } = await polls.createPoll(requestOf(draft), key);
    keepMade({ id, code, question: asked, token });
    location.assign(`/${code}#manage=${token}`);
  } catch (error) {
    const { code, errors = [] } = error as ApiError;
    // Another try would fail too.
    const problem = code === 'unauthorized' ? words.needsKey : words.failed;
    const fields = errors.flatMap(({ field }) => fieldOf(field) ?? []);
    showProblems([...new Set(fields)], words.invalid);
    if (fields.length === 0) showText(byId('problem'), problem);
    setText(byId('status'), problem);
    setBusy(start, false);
  }
}

function useTemplates(): void {
  for (const button of byId('templates').querySelectorAll('button'))
    button.onclick = () => rows.set((button.textContent ?? '').split(TEMPLATE_SEPARATOR));
}

function showMine(): void {
  const made = madePolls();
  byId('mine').hidden = made.length === 0;
  const items = made.map(({ code, question: asked }) =>
    el('li', {}, el('a', { href: `/${code}` }, userText(asked)), ` ${code}`),
  );
  document.querySelector('#mine ul')?.replaceChildren(...items);
}

/** "Run again" leads here with the poll to copy. */
async function copyPoll(): Promise<void> {
  const [, code] = /^#copy=(\w{6})$/.exec(location.hash) ?? [];
  if (!code) return;
  history.replaceState(null, '', location.pathname);
  const poll = await polls.getPoll(code);
  question.value = poll.question;
  rows.set(poll.options.map(({ option_text }) => option_text));
  max.value = `${poll.max_choices}`;
  change.checked = poll.allow_change;
  visibility.value = poll.results_visibility;
  listed.checked = poll.listed;
}

byId<HTMLFormElement>('poll-form').onsubmit = (event) => {
  event.preventDefault();
  void createPoll();
};
byId<HTMLFormElement>('poll-form').oninput = () => {
  key = randomId();
};
duration.onchange = () => {
  byId('at').hidden = duration.value !== 'date';
};
// From the back-forward cache the page returns as it was left: busy, and without the poll that was made.
addEventListener('pageshow', () => {
  setBusy(start, false);
  showMine();
});

useTemplates();
showMine();
useCodeForm();
showBoard(live, byId('board'), data);
watchConnection(live, byId('strip'), words);
copyPoll().catch(() => {
  // Deleted in the meantime: the form stays empty.
});
