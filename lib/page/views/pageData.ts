import type { Poll } from '../../domain/poll.ts';

/** How a page shows a poll. `embed`, `wall` and `overlay` may be framed by other pages, the others never. `kiosk` is one
 * device for many voters. */
export type PollView = 'vote' | 'embed' | 'kiosk' | 'wall' | 'overlay';

export const POLL_VIEWS: readonly PollView[] = ['vote', 'embed', 'kiosk', 'wall', 'overlay'];

/** @param view as the address asks for it */
export const mayBeFramed = (view: string | undefined) =>
  view === 'embed' || view === 'wall' || view === 'overlay';

/** What the server gives a page's script, as JSON in the page.
 * @typeParam W the texts of the view, in the reader's language */
export interface PageData<W> {
  /** A BCP 47 tag. */
  language: string;
  words: W;
  /** The URL of the WebSocket. */
  live: string;
  /** The base of links and the QR code; empty for the page's own origin. */
  publicUrl: string;
  /** Paths of the scripts that are loaded on demand, by name. */
  chunks: Record<string, string>;
}

/** A page's poll has no counts: it may come from a cache, and hidden ones stay hidden. */
export type PollPageData<W> = PageData<W> & { poll: Poll; view: PollView };

/** The element that holds the data. */
export const DATA_ID = 'data';
