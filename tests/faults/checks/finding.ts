export type FindingKind = 'lost' | 'doubled' | 'wrong' | 'stuck';

/** Something that must not be. */
export interface Finding {
  kind: FindingKind;
  said: string;
  /** How many votes it concerns, where it is about votes. */
  votes?: number;
}
