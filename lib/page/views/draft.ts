import type { CreatePollRequest } from '../../contract/messageTypes.ts';

/** What the form for a new poll holds, as people have typed it. */
export interface Draft {
  question: string;
  options: string[];
  /** Seconds, or `date`. */
  duration: string;
  /** Milliseconds since 1970 where the duration is `date`. */
  date: number;
  max: number;
  mayChange: boolean;
  visibility: NonNullable<CreatePollRequest['results_visibility']>;
  isListed: boolean;
}

/** Between the answers in the name of a template. */
export const TEMPLATE_SEPARATOR = ' / ';

export type DraftField = 'question' | 'options' | 'date';

/** A rough form of the server's normalization, enough to find empty and equal options. */
const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim();

const optionsOf = ({ options }: Draft) => options.map(plain).filter((text) => text !== '');

/** The fields that cannot be right, in the order of the form. */
export function draftProblems(draft: Draft, now: number): DraftField[] {
  const options = optionsOf(draft);
  const problems: DraftField[] = [];
  if (plain(draft.question) === '') problems.push('question');
  if (options.length < 2 || new Set(options).size < options.length) problems.push('options');
  if (draft.duration === 'date' && !(draft.date > now)) problems.push('date');
  return problems;
}

/** The request for a draft without problems. Fields with their default are left out. */
export function requestOf(draft: Draft): CreatePollRequest {
  const options = optionsOf(draft);
  const max_choices = Math.min(Math.max(1, Math.floor(draft.max) || 1), options.length);
  return {
    question: draft.question,
    options,
    ...(draft.duration === 'date'
      ? { expired_at: new Date(draft.date).toISOString() }
      : { expires_in: Number(draft.duration) }),
    ...(max_choices > 1 ? { max_choices } : {}),
    ...(draft.mayChange ? { allow_change: true } : {}),
    ...(draft.visibility === 'always' ? {} : { results_visibility: draft.visibility }),
    ...(draft.isListed ? {} : { listed: false }),
  };
}

/** The field that an error of the interface is about: `options.1` is about the options. */
export function fieldOf(path: string): DraftField | undefined {
  const [name] = path.split('.');
  if (name === 'expired_at' || name === 'expires_in') return 'date';
  return name === 'question' || name === 'options' ? name : undefined;
}
