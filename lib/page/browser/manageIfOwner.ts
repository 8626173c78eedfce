import type { PollPageData } from '../views/pageData.ts';
import type { Speaker } from '../views/speak.ts';
import type { CommonWords } from '../words/words.ts';
import type { Live, PageClient } from './connect.ts';
import { load, MADE_KEY } from './store.ts';

/** What the owner's part shares with the view around it. */
export interface Management {
  data: PollPageData<CommonWords>;
  polls: PageClient;
  live: Live;
  say: Speaker;
}

const WITHOUT_IT_MS = 2_000;
const FRAGMENT = /^#manage=([\w.~-]+)$/;

/** Loads the owner's part if this device has the token. The token comes in the fragment, which no server sees, and
 * leaves the address before anybody can look at or share it. */
export async function manageIfOwner(management: Management): Promise<void> {
  // Pasted into this tab, a link changes the fragment alone.
  addEventListener('hashchange', () => FRAGMENT.test(location.hash) && location.reload());
  const [, given] = FRAGMENT.exec(location.hash) ?? [];
  // The history entry keeps the token, so a reload finds it even where storage is blocked.
  if (given) history.replaceState({ token: given }, '', location.pathname + location.search);
  // Voters read no list of polls: that is for the part that only owners load.
  const mayBeOwner = history.state?.token ?? load(MADE_KEY)?.includes(management.data.poll.id);
  if (!mayBeOwner) return;
  // The owner's part comes above the rest, which appears with it, or without it after a while.
  const { body } = document;
  body.hidden = true;
  setTimeout(() => {
    body.hidden = false;
  }, WITHOUT_IT_MS);
  const path = management.data.chunks['manage'] ?? '';
  const { manage } = (await import(path)) as typeof import('./manage.ts');
  await manage(management);
}
