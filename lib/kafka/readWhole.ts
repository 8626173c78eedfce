/** A whole number in a header, written in digits alone; undefined if it is none, or greater than that. */
export function readWhole(text: string, greatest: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number <= greatest ? number : undefined;
}
