export type FindingKind = 'lost' | 'doubled' | 'wrong' | 'stuck';

/** Something that must not be. */
export interface Finding {
  kind: FindingKind;
  said: string;
  /** How many votes it concerns, where it is about votes. */
  votes?: number;
}

/** Equal ones are one finding, of so many votes. */
export function alike(kind: FindingKind, said: string[]): Finding[] {
  const same = Map.groupBy(said, (one) => one);
  return [...same].map(([one, { length }]) => ({ kind, said: `${length} × ${one}`, votes: length }));
}

/** Enough to see what went wrong. */
const MAX_SHOWN = 8;

/** The first findings, a line each, and the number of the others. */
export function describeFindings(findings: Finding[]): string[] {
  const lines = findings.slice(0, MAX_SHOWN).map(({ kind, said }) => `${kind}: ${said}`);
  const more = findings.length - MAX_SHOWN;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}
