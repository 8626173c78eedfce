// Escape sequences move the cursor or worse; the others break lines or reverse text.
const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;

/** Makes user-written text safe for one line of a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

/** Like `printable`, for text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** `1 vote`, `2 votes`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
