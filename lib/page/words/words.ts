import type { en } from './en.ts';

/** The forms of a text that depends on a number; a language has those of its `Intl.PluralRules`. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

type Translated<Group> = { [Key in keyof Group]: Group[Key] extends string ? string : Plural };

/** All texts of a language, by view. */
export type Words = { [View in keyof typeof en]: Translated<(typeof en)[View]> };

/** Texts that are in the markup alone, so that no script needs them. */
const IN_MARKUP = [
  'title',
  'enterCode',
  'codeHint',
  'join',
  'needsScript',
  'chooseOne',
  'chooseUpTo',
  'vote',
  'change',
  'keep',
  'own',
  'about',
  'yes',
  'no',
  'abstain',
] as const;

export type Sent<Texts> = Omit<Texts, (typeof IN_MARKUP)[number]>;

/** The texts that a page's script gets. */
export function sent<Texts extends object>(texts: Texts): Sent<Texts> {
  const entries = Object.entries(texts).filter(([key]) => !IN_MARKUP.some((one) => one === key));
  return Object.fromEntries(entries) as Sent<Texts>;
}

export type CommonWords = Sent<Words['common']>;
export type VoteWords = CommonWords & Sent<Words['vote']>;
export type CreateWords = CommonWords & Sent<Words['create']>;
export type WallWords = CommonWords & Sent<Words['wall']>;
export type ManageWords = Words['manage'];
