import type { PollStatus } from '../../../lib/domain/poll.ts';
import type { PollList } from '../../../lib/sql/listPolls.ts';

/** Typical queries of the list, and their kind. */
export interface ListQuery {
  kind: string;
  list: PollList;
}

const STATUSES: PollStatus[] = ['open', 'closed', 'scheduled', 'closing'];
/** One more than a page has, as the function asks for; the usual page, and the largest. */
const LIMITS = [21, 101];

/** By kind: texts that are searched for in lists of every status. */
const TEXTS: Record<string, string[]> = {
  'a very common word': ['the', 'should', 'right time', 'in the office', 'für alle', 'children'],
  'a rare word': ['basoni', 'Dituwe', 'hajelo', 'Zubace', 'Kimuri Street', 'xovana'],
  'a prefix': ['Which team lu', 'Wann beg', 'Who kno', '¿Cuán', 'When is the right time for the cyc', '次は'],
  'a part of words': ['ootbal', 'rühstüc', 'eighbourh', 'nnectio', 'ндник', 'ütüph'],
  'one or two characters': ['e', 'ß', '?', '7', 'th', 'qu', 'ça', 'zz', '–', 'ي'],
  'Chinese, Japanese and Korean': [
    '東京',
    '北京',
    '火锅',
    '温泉',
    '映画',
    '图书',
    '京',
    'です',
    '서울',
    '編程',
  ],
  'a text that is nowhere': [
    'xylophone',
    'the right moment',
    'ould shou',
    'Straße des',
    '東京北京',
    'which which',
    '8888888',
    'office in the',
  ],
  'in another case': ['STRASSENFEST', 'straßenbahnnetz', 'ΔΡΌΜΟΣ', 'δρόμοσ', 'İSTANBUL', 'THÉÂTRE', 'ПОЕЗД'],
  'several words': [
    'coffee machine this year',
    'vegetarian menu before christmas',
    'городской парк для детей',
    '大家最喜欢的咖啡',
  ],
};

/** Some hundreds of queries of all kinds.
 * @param idAt the id of the poll before which this share of all were made */
export function listQueries(idAt: (share: number) => string): ListQuery[] {
  const pages = STATUSES.flatMap((status) =>
    LIMITS.flatMap((limit) => [
      { kind: 'the first page', list: { status, text: '', after: undefined, limit } },
      ...[0.999, 0.9, 0.5, 0.1, 0.01].map((share) => ({
        kind: 'a deep page',
        list: { status, text: '', after: idAt(share), limit },
      })),
    ]),
  );
  const searches = Object.entries(TEXTS).flatMap(([kind, texts]) =>
    texts.flatMap((text) =>
      STATUSES.flatMap((status) => [
        { kind, list: { status, text, after: undefined, limit: 21 } },
        { kind: `${kind}, a later page`, list: { status, text, after: idAt(0.4), limit: 21 } },
      ]),
    ),
  );
  return [...pages, ...searches];
}
