import { DATA_ID, type PageData } from '../views/pageData.ts';
import { type Sent, sent } from '../words/words.ts';
import type { Rendering } from './document.ts';
import { jsonBlock, type Markup } from './html.ts';

/** The block of data that a page's script reads.
 * @param words the view's texts
 * @param loaded the build's names of what the script loads on demand, by the script's names
 * @param more of the view, such as its poll */
export function dataBlock<Texts extends object, More extends object>(
  { language, site, origins, publicUrl }: Rendering,
  words: Texts,
  loaded: Record<string, string>,
  more: More,
): Markup {
  const chunks = Object.entries(loaded).map(([name, built]) => [name, site.paths[built] ?? '']);
  const data: PageData<Sent<Texts>> & More = {
    language: language.tag,
    words: sent(words),
    live: origins.live,
    publicUrl,
    chunks: Object.fromEntries(chunks),
    ...more,
  };
  return jsonBlock(DATA_ID, data);
}
