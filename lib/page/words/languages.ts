import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { nl } from './nl.ts';
import { ptBr } from './ptBr.ts';
import type { Words } from './words.ts';

export interface Language {
  /** A BCP 47 tag, for `lang` and `Intl`. */
  tag: string;
  direction: 'ltr' | 'rtl';
  words: Words;
}

const language = (tag: string, words: Words, direction: Language['direction'] = 'ltr'): Language => ({
  tag,
  words,
  direction,
});

const ENGLISH = language('en', en);

export const LANGUAGES: readonly Language[] = [
  ENGLISH,
  language('de', de),
  language('fr', fr),
  language('es', es),
  language('it', it),
  language('nl', nl),
  language('pt-BR', ptBr),
  language('ar', ar, 'rtl'),
  language('ja', ja),
];

/** The language of a tag such as `de-AT`; undefined if there is none. */
function languageOf(tag: string): Language | undefined {
  const wanted = tag.trim().toLowerCase();
  const [primary = ''] = wanted.split('-');
  const exact = LANGUAGES.find((one) => one.tag.toLowerCase() === wanted);
  return exact ?? LANGUAGES.find((one) => one.tag.split('-')[0] === primary);
}

/** Longer headers are not of browsers, and sorting them costs time. */
const MAX_RANGES = 20;

/** Chooses a language: the asked one, else the best of `Accept-Language` (RFC 9110), else English. */
export function chooseLanguage(asked: string | undefined, accepted: string | undefined): Language {
  const named = asked === undefined ? undefined : languageOf(asked);
  if (named) return named;
  const ranges = (accepted ?? '').split(',', MAX_RANGES).map((range) => {
    const [tag = '', quality = 'q=1'] = range.split(';').map((part) => part.trim());
    return { tag, quality: Number(quality.replace('q=', '')) || 0 };
  });
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    const found = languageOf(tag);
    if (found) return found;
  }
  return ENGLISH;
}
