export interface Bar {
  label: string;
  votes: number;
}

const WIDTH = 40;
const LABEL_CHARACTERS = 32;

function toWidth(label: string): string {
  const characters = [...label];
  if (characters.length <= LABEL_CHARACTERS)
    return label.padEnd(LABEL_CHARACTERS + label.length - characters.length);
  return `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`;
}

/** Rows of text, each with a bar as long as its share of the largest. */
export function drawBars(bars: Bar[]): string {
  const most = Math.max(1, ...bars.map(({ votes }) => votes));
  return bars
    .map(({ label, votes }) => `${toWidth(label)} ${'█'.repeat(Math.round((votes / most) * WIDTH))} ${votes}`)
    .join('\n');
}
