/** Parses a header's whole number, digits only; undefined if it is invalid or too large. */
export function readWhole(text: string, greatest: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number <= greatest ? number : undefined;
}
