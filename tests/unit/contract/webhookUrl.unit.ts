import { describe, expect, test } from '@jest/globals';
import { parse } from '../../../lib/contract/inputs.ts';
import { webhookUrl } from '../../../lib/contract/pollRequests.ts';
import { RefusedError } from '../../../lib/errors.ts';

function faultOf(value: unknown, targets: 'public' | 'any' = 'public'): string | undefined {
  try {
    parse(webhookUrl(targets), value);
    return undefined;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.fields[0]?.detail;
  }
}

const NO_HTTPS = 'must be an https URL.';
const NOT_PUBLIC = 'must have a public host.';

describe('the URL of a webhook', () => {
  test.each([
    'https://example.com',
    'https://example.com:8443/hooks/7?token=a#there',
    'https://bücher.example/ä',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://localhost.example.com',
    'https://example.com.',
    'https://local.host.example.com',
    `https://${'a'.repeat(63)}.example.com`,
    `https://example.com/${'a'.repeat(2_028)}`,
  ])('may be %s', (url) => {
    expect(parse(webhookUrl('public'), url)).toBe(new URL(url).href);
  });

  test.each([
    [7, 'must be a string.'],
    ['', 'must have 1 to 2048 characters.'],
    [`https://example.com/${'a'.repeat(2_029)}`, 'must have 1 to 2048 characters.'],
    ['https://example.com/\0', 'contains a character that is not valid text.'],
    ['example.com', NO_HTTPS],
    ['/hook', NO_HTTPS],
    ['https://', NO_HTTPS],
    ['https://exa mple.com', NO_HTTPS],
    ['http://example.com', NO_HTTPS],
    ['ftp://example.com', NO_HTTPS],
    ['file:///etc/passwd', NO_HTTPS],
    ['javascript:alert(1)', NO_HTTPS],
    ['https://anna@example.com', 'must not contain credentials.'],
    ['https://:secret@example.com', 'must not contain credentials.'],
    ['https://localhost', NOT_PUBLIC],
    ['https://LOCALHOST.:8443', NOT_PUBLIC],
    ['https://db.localhost', NOT_PUBLIC],
    ['https://localhost..', NOT_PUBLIC],
    ['https://localhost...:8443/', NOT_PUBLIC],
    ['https://localhost%2e', NOT_PUBLIC],
    ['https://localhost。', NOT_PUBLIC],
    ['https://%6cocalhost', NOT_PUBLIC],
    ['https://ⓛocalhost', NOT_PUBLIC],
    ['https://loc\u00adalhost', NOT_PUBLIC],
    ['https://a.localhost.', NOT_PUBLIC],
    ['https://.localhost', NOT_PUBLIC],
    ['https://.', NOT_PUBLIC],
    ['https://..', NOT_PUBLIC],
    ['https://example.com..', NOT_PUBLIC],
    ['https://a..example.com', NOT_PUBLIC],
    ['https://.example.com', NOT_PUBLIC],
    [`https://${'a'.repeat(64)}.example.com`, NOT_PUBLIC],
    [`https://${'a.'.repeat(126)}com`, NOT_PUBLIC],
    ['https://printer', NOT_PUBLIC],
    ['https://com.', NOT_PUBLIC],
    ['https://metadata.google.internal', NOT_PUBLIC],
    ['https://db.INTERNAL.', NOT_PUBLIC],
    ['https://printer.local', NOT_PUBLIC],
    ['https://router.home.arpa', NOT_PUBLIC],
    ['https://1.0.0.10.in-addr.arpa', NOT_PUBLIC],
    ['https://hidden.onion', NOT_PUBLIC],
    ['https://hook.test', NOT_PUBLIC],
    ['https://hook.invalid', NOT_PUBLIC],
    ['https://intra.corp', NOT_PUBLIC],
    ['https://127.0.0.1', NOT_PUBLIC],
    ['https://127.0.0.1.', NOT_PUBLIC],
    ['https://127.0.0.1..', NOT_PUBLIC],
    ['https://127。0。0。1', NOT_PUBLIC],
    ['https://0x7f.1.', NOT_PUBLIC],
    ['https://1', NOT_PUBLIC],
    ['https://[::]', NOT_PUBLIC],
    ['https://[::1]', NOT_PUBLIC],
    ['https://[::1%25lo]', NO_HTTPS],
    ['https://[fe80::1%eth0]', NO_HTTPS],
    ['https://[::127.0.0.1]', NOT_PUBLIC],
    ['https://[64:ff9b::7f00:1]', NOT_PUBLIC],
    ['https://[2002:7f00:1::]', NOT_PUBLIC],
    ['https://0x7f.1', NOT_PUBLIC],
    ['https://2130706433', NOT_PUBLIC],
    ['https://017700000001', NOT_PUBLIC],
    ['https://１２７.0.0.1', NOT_PUBLIC],
    ['https://169.254.169.254/latest/meta-data', NOT_PUBLIC],
    ['https://[::ffff:10.0.0.1]', NOT_PUBLIC],
    ['https://[fd00:ec2::254]', NOT_PUBLIC],
    ['https://example.com\\@10.0.0.1/', undefined],
    ['https://10.0.0.1\\@example.com/', NOT_PUBLIC],
  ])('%p: %p', (value, fault) => {
    expect(faultOf(value)).toBe(fault);
  });

  test('can lead anywhere by HTTP if the configuration allows it', () => {
    for (const url of [
      'http://localhost:9000/hook',
      'http://10.0.0.1',
      'https://[::1]:1',
      'https://a.test',
    ]) {
      expect([url, faultOf(url, 'any')]).toEqual([url, undefined]);
    }
    expect(faultOf('ftp://localhost', 'any')).toBe(NO_HTTPS);
    expect(faultOf('http://a:b@localhost', 'any')).toBe('must not contain credentials.');
  });
});
