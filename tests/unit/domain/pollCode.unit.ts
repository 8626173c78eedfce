import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CODE_CHARACTERS, codeFrom, readCode } from '../../../lib/domain/pollCode.ts';

describe('the code of a poll', () => {
  test('has six characters without I, L, O and U, all equally likely', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const drawn = codeFrom(bytes);
    expect(new Set(drawn).size).toBe(32);
    expect(drawn).toMatch(/^[0-9A-HJKMNP-TV-Z]+$/);
    for (const character of new Set(drawn)) expect(drawn.split(character)).toHaveLength(8 + 1);
  });

  test('is read in any case, with O as 0 and I and L as 1', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CODE_CHARACTERS, maxLength: CODE_CHARACTERS }), (random) => {
        const code = codeFrom(random);
        const typed = [code, code.toLowerCase(), code.replaceAll('0', 'o').replaceAll('1', 'l')];
        const alike = code.replaceAll('0', 'O').replaceAll('1', 'I');
        for (const text of [...typed, alike]) expect(readCode(text)).toBe(code);
      }),
    );
  });

  test.each(['', 'ABC23', 'ABC2345', 'ABC23U', 'ABC-23', ' ABC234', 'ABC23ı', 'ABC23ſ', 'ABC23４'])(
    'is not "%s"',
    (text) => {
      expect(readCode(text)).toBeUndefined();
    },
  );
});
