import { printable } from './terminal.ts';

export interface Bar {
  label: string;
  /** Null if hidden. */
  votes: number | null;
}

const WIDTH = 40;
const LABEL_CHARACTERS = 32;

function toWidth(label: string): string {
  const characters = [...printable(label)];
  if (characters.length <= LABEL_CHARACTERS)
    return characters.join('') + ' '.repeat(LABEL_CHARACTERS - characters.length);
  return `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`;
}

/** Draws rows of text, each with a bar relative to the largest. */
export function drawBars(bars: Bar[]): string {
  const most = Math.max(1, ...bars.map(({ votes }) => votes ?? 0));
  const bar = (votes: number) => '█'.repeat(Math.round((votes / most) * WIDTH));
  return bars
    .map(({ label, votes }) => `${toWidth(label)} ${votes === null ? '?' : `${bar(votes)} ${votes}`}`)
    .join('\n');
}
