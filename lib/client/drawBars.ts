export interface Bar {
  label: string;
  /** Null if hidden. */
  votes: number | null;
}

const WIDTH = 40;
const LABEL_CHARACTERS = 32;

// Escape sequences move the cursor or worse; the others break lines or reverse text.
const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;

/** Makes user-written text safe for one line of a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

function toWidth(label: string): string {
  const characters = [...printable(label)];
  if (characters.length <= LABEL_CHARACTERS)
    return characters.join('') + ' '.repeat(LABEL_CHARACTERS - characters.length);
  return `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`;
}

/** `1 vote`, `2 votes`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Draws rows of text, each with a bar relative to the largest. */
export function drawBars(bars: Bar[]): string {
  const most = Math.max(1, ...bars.map(({ votes }) => votes ?? 0));
  const bar = (votes: number) => '█'.repeat(Math.round((votes / most) * WIDTH));
  return bars
    .map(({ label, votes }) => `${toWidth(label)} ${votes === null ? '?' : `${bar(votes)} ${votes}`}`)
    .join('\n');
}
