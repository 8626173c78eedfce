import type { en } from './en.ts';

/** The forms of a text that depends on a number; a language has those of its `Intl.PluralRules`. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

type Translated<Group> = { [Key in keyof Group]: Group[Key] extends string ? string : Plural };

/** All texts of a language, by view. */
export type Words = { [View in keyof typeof en]: Translated<(typeof en)[View]> };

export type CommonWords = Words['common'];
export type VoteWords = CommonWords & Words['vote'];
export type CreateWords = CommonWords & Words['create'];
export type ManageWords = Words['manage'];
export type WallWords = CommonWords & Words['wall'];
