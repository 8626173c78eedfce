import type { Speaker } from '../views/speak.ts';
import type { CommonWords } from '../words/words.ts';
import type { PageClient } from './connect.ts';
import { showText } from './dom.ts';

const EVERY_MS = 5_000;

/** Shows the owner how many have voted while results are hidden, as long as the line is on the page. The page's live
 * client subscribes as a viewer, so it is read.
 * @param isFinal by the live messages: then everybody sees the results, unless the owner reopens the poll */
export function showTurnout(
  line: HTMLElement,
  read: () => ReturnType<PageClient['getPoll']>,
  isFinal: () => boolean,
  words: CommonWords,
  say: Speaker,
): void {
  const update = async () => {
    if (isFinal()) return showText(line, '');
    if (document.hidden) return;
    const { total_votes, is_final } = await read();
    showText(line, is_final || total_votes === null ? '' : say.count(words.votes, total_votes));
  };
  // A read that fails is made again at the next turn, and the strip says that the server is away.
  const attempt = () => {
    if (line.isConnected) update().catch(() => {});
    else clearInterval(timer);
  };
  const timer = setInterval(attempt, EVERY_MS);
  attempt();
}
