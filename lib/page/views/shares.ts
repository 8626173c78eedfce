/** Whole percentages that add up to 100: what is left after rounding down goes to the largest remainders, and among
 * equal ones to the earlier option. All are 0 without votes. */
export function sharesOfVotes(counts: number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const exact = counts.map((count) => (count * 100) / total);
  const shares = exact.map(Math.floor);
  const left = 100 - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact
    .map((share, position) => ({ position, remainder: share % 1 }))
    .sort((a, b) => b.remainder - a.remainder || a.position - b.position);
  for (const { position } of byRemainder.slice(0, left)) shares[position] = (shares[position] ?? 0) + 1;
  return shares;
}

/** Percentages of voters, where each may choose several options: they need not add up to 100. */
export function sharesOfVoters(counts: number[], voters: number): number[] {
  return counts.map((count) => (voters > 0 ? Math.round((count * 100) / voters) : 0));
}

const WHOLE = /^[+-]?\d{1,9}$/;

/** The mean answer where every option is a whole number, such as 1 to 5; undefined otherwise, or without votes. */
export function meanAnswer(texts: string[], counts: number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || !texts.every((text) => WHOLE.test(text))) return undefined;
  return texts.reduce((sum, text, position) => sum + Number(text) * (counts[position] ?? 0), 0) / total;
}
