/** Text as readers see it: equal-looking texts become equal, and invisible characters without a function are dropped.
 * Unicode's own properties decide, so that new characters are covered too. */

// The Braille blank looks like a space, but Unicode does not class it as one.
const WHITE = String.raw`[\p{White_Space}\u2800]`;

/** Control characters, embeddings, overrides and isolates: they can make a text look like another one. */
const UNREADABLE = /[[\p{Cc}\u202A-\u202E\u2066-\u2069]--\p{White_Space}]/v;

const JOINERS = String.raw`\u200C\u200D`;
const VARIATIONS = String.raw`\uFE00-\uFE0F\u{E0100}-\u{E01EF}\u180B-\u180F`;
const SELECTORS = String.raw`${VARIATIONS}\u{E0020}-\u{E007F}`;
// Not ignorable to Unicode: the layout of hieroglyphs, with blanks, and a note without a head.
const HIEROGLYPH = String.raw`[\u{13000}-\u{1342F}]`;
const LAYOUT = String.raw`\u{13430}-\u{1345F}\u{1D159}`;
const NEVER_SEEN = new RegExp(
  String.raw`[[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]--[${JOINERS}${SELECTORS}]]`,
  'gv',
);

/** Matches characters of a kind, and as group 1 those that change what readers see. */
const unless = (isNeeded: string[], kind: string) => new RegExp(`(${isNeeded.join('|')})|[${kind}]`, 'gv');

const SELECTOR = unless(
  [
    // Emoji: key caps, flags of regions, text or picture.
    String.raw`\p{Emoji_Keycap_Sequence}|\p{RGI_Emoji_Tag_Sequence}`,
    String.raw`(?<=[\p{Emoji}--[\p{Emoji_Presentation}0-9#*]])\uFE0F|(?<=[\p{Emoji}--[0-9#*]])\uFE0E`,
    // Variants of ideographs, of mathematical signs and of letters.
    String.raw`(?<=\p{Script=Han})[\uFE00-\uFE02\u{E0100}-\u{E01EF}]`,
    String.raw`(?<=[\p{Sm}\p{Script=Mymr}\p{Script=Phag}])\uFE00`,
    String.raw`(?<=[\p{Script=Mong}--[${SELECTORS}]])[\u180B-\u180F]`,
    // What shows something of its neighbour.
    String.raw`(?<=${HIEROGLYPH})[\u{13430}-\u{1345F}]|[\u{13430}-\u{1345F}](?=${HIEROGLYPH})`,
    String.raw`\u{1D159}(?=[\u{1D165}-\u{1D172}])`,
  ],
  SELECTORS + LAYOUT,
);

function among(kinds: string, scripts: string): string {
  const each = scripts.split(' ').map((script) => `\\p{scx=${script}}`);
  return `[[${kinds}]&&[${each.join('')}]]`;
}

/** Letters that connect to their neighbours. */
const CURSIVE = among(String.raw`\p{L}\p{M}`, 'Arab Syrc Mand Nkoo Mong Phag Adlm Rohg');
/** Letters that form clusters, by signs such as the virama. */
const CLUSTERING = 'Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt Bali Java';
const CLUSTER = among(String.raw`\p{L}\p{M}`, CLUSTERING);
const SIGN = among(String.raw`\p{M}`, CLUSTERING);

const joinersUnlessNeeded = () =>
  unless(
    [
      String.raw`(?<=\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0E\uFE0F]?)\u200D(?=\p{Extended_Pictographic})`,
      // A ZWNJ separates connected letters; a ZWJ connects a letter to nothing.
      String.raw`(?<=${CURSIVE})\u200C(?=${CURSIVE})`,
      String.raw`(?<=${CURSIVE})\u200D(?!${CURSIVE})|(?<!${CURSIVE})\u200D(?=${CURSIVE})`,
      // Both choose the form of a cluster.
      String.raw`(?<=${SIGN})(?:\u200D|\u200C(?=${CLUSTER}))|(?<=${CLUSTER})[${JOINERS}](?=${SIGN})`,
    ],
    JOINERS,
  );

/** Built for the first text with a joiner, because it takes 5 ms of a cold start, and few texts have one. */
let idleJoiner: RegExp | undefined;

// The second of two selectors chooses nothing.
const VARIATION_RUN = new RegExp(`([${VARIATIONS}])[${VARIATIONS}]+`, 'gv');
// People who type a joiner twice see one.
const JOINER_RUN = new RegExp(`([${JOINERS}])[${JOINERS}]+`, 'g');
const ANY_JOINER = new RegExp(`[${JOINERS}]`);
const WHITE_RUN = new RegExp(`${WHITE}+`, 'gv');

/** False for text that no reader could check. */
export function isReadable(text: string): boolean {
  return text.isWellFormed() && !UNREADABLE.test(text);
}

/** NFC composes at most this many code points into one: `ᾂ` is a letter and three marks. */
const MOST_COMPOSED = 4;

/** False for text that has more than `most` code points as `visibleText`, however they compose. Call it first: the time
 * that NFC takes grows with the square of a run of marks, to a second for 15,000 of them. */
export function mayFit(text: string, most: number): boolean {
  let left = most * MOST_COMPOSED;
  const seen = text.replace(NEVER_SEEN, '').replace(WHITE_RUN, ' ').trim();
  for (const _ of seen) if (left-- <= 0) return false;
  return true;
}

const keepNeeded = (_: string, needed = '') => needed;

function withoutIdleJoiners(text: string): string {
  if (!ANY_JOINER.test(text)) return text;
  idleJoiner ??= joinersUnlessNeeded();
  return text.replace(JOINER_RUN, '$1').replace(idleJoiner, keepNeeded);
}

/** In NFC, without characters that nobody sees, white space as single spaces, trimmed. Empty if nothing would
 * show. Applying it twice changes nothing more. */
export function visibleText(text: string): string {
  const seen = seenOf(text.replace(NEVER_SEEN, ''));
  // Marks that composed or changed places may have left a joiner or selector without its neighbour. That is
  // rare, and each pass drops one.
  return seen === text ? seen : visibleText(seen);
}

function seenOf(text: string): string {
  const selected = text.normalize('NFC').replace(VARIATION_RUN, '$1').replace(SELECTOR, keepNeeded);
  // Characters can compose now, because what stood between them is gone.
  return withoutIdleJoiners(selected).normalize('NFC').replace(WHITE_RUN, ' ').trim();
}
