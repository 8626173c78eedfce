import type { Plural } from '../words/words.ts';

type Values = Record<string, string | number>;

/** Fills in `{name}`. What users have written is isolated, so that its direction leaves the sentence alone. */
export function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (_, name) => `${values[name] ?? ''}`);
}

/** User text inside of a sentence: Unicode's isolates do what `<bdi>` does in markup. */
export const isolated = (text: string) => `\u2068${text}\u2069`;

/** Numbers, lists and times as a language writes them. */
export interface Speaker {
  number(value: number): string;
  /** @param percent 0–100 */
  percent(percent: number): string;
  count(forms: Plural, n: number, values?: Values): string;
  list(items: string[]): string;
  /** A moment in the viewer's own zone. */
  moment(ms: number): string;
}

/** `Intl` takes milliseconds to load each of its parts, so they are made when they are first needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** @param tag of the language; Intl falls back by itself where a browser lacks it */
export function speaker(tag: string): Speaker {
  const numbers = once(() => new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }));
  const percents = once(() => new Intl.NumberFormat(tag, { style: 'percent' }));
  const plurals = once(() => new Intl.PluralRules(tag));
  const lists = once(() => new Intl.ListFormat(tag, { type: 'conjunction' }));
  const moments = once(() => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }));
  return {
    number: (value) => numbers().format(value),
    percent: (percent) => percents().format(percent / 100),
    count: (forms, n, values) =>
      fill(forms[plurals().select(n)] ?? forms.other, { ...values, n: numbers().format(n) }),
    list: (items) => lists().format(items),
    moment: (ms) => moments().format(ms),
  };
}
