/** Crockford's base 32: no I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const CODE_PATTERN = '^[0-9A-HJKMNP-TV-Z]{6}$';

export const CODE_CHARACTERS = 6;

const TYPED = /^[0-9A-Za-z]{6}$/;
const CODE = new RegExp(CODE_PATTERN);

/** Reads a code as people type it: in any case, with O for 0 and I or L for 1. */
export function readCode(text: string): string | undefined {
  if (!TYPED.test(text)) return undefined;
  const code = text.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return CODE.test(code) ? code : undefined;
}

/** @param random one byte per character */
export function codeFrom(random: Uint8Array): string {
  return Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
