import { until } from '../../../lib/concurrency/deadline.ts';
import type { Notice } from '../load/notices.ts';
import { alike, type Finding } from './finding.ts';
import type { Outcome } from './judgeVoter.ts';

/** Waits until every WebSocket voter has received the outcome of the vote, and checks what each has received.
 * @param outcomes by receipt
 * @param most how many times a voter may receive it */
export async function checkTold(
  notices: readonly Notice[],
  outcomes: Map<string, Outcome>,
  most: number,
  limitMs: number,
): Promise<Finding[]> {
  const allTold = async () => {
    if (notices.some(isUntold)) throw new Error('Some voters have not been told yet.');
  };
  await until(allTold, limitMs).catch(() => {});
  return judgeNotices(notices, outcomes, most);
}

export function judgeNotices(
  notices: readonly Notice[],
  outcomes: Map<string, Outcome>,
  most: number,
): Finding[] {
  return alike(
    'wrong',
    notices.flatMap((notice) => judge(notice, outcomes.get(notice.receipt ?? ''), most)),
  );
}

/** A lost connection receives nothing; its voter looks up the receipt. */
function isUntold({ receipt, told, isListening }: Notice): boolean {
  return receipt !== undefined && told.length === 0 && isListening();
}

function judge(notice: Notice, outcome: Outcome | undefined, most: number): string[] {
  const { told } = notice;
  const said: string[] = [];
  if (isUntold(notice)) said.push(`a WebSocket voter is never told that the vote is ${outcome}`);
  if (told.length > most) said.push(`a WebSocket voter is told ${told.length} times: ${told.join(', ')}`);
  for (const one of new Set(told)) {
    if (outcome && !agrees(one, outcome))
      said.push(`a WebSocket voter is told ${one}, and the receipt says ${outcome}`);
  }
  return said;
}

/** A vote that was counted at the notification may have been replaced since. */
function agrees(told: string, outcome: Outcome): boolean {
  return told === outcome || (told === 'counted' && outcome === 'replaced');
}
