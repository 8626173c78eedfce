/** One device for many voters, beside the vote view's own script: after a vote it waits for the next voter, who gets a
 * voter id of their own and sees nothing of the vote before. */
import { byId } from './dom.ts';

const [fate, next] = [byId('fate'), byId('next')];

// Results have a mark at the choice, and would sway the next voter.
for (const id of ['results', 'peek', 'change']) byId(id).style.setProperty('display', 'none', 'important');

/** Only when the vote's fate is known: a new voter would take the place of one whose vote is still on its way. */
function show(): void {
  next.hidden = !/counted|rejected/.test(fate.dataset['stage'] ?? '');
  if (!next.hidden) next.focus();
}

new MutationObserver(show).observe(fate, { attributeFilter: ['data-stage'] });
show();

next.onclick = () => {
  sessionStorage.clear();
  location.reload();
};
