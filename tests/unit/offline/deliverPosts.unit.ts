import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { answerPost } from '../../../lib/offline/emulator/deliverPosts.ts';

const KIB = 1_024;

/** What a request is answered, and what its connection hears; undefined if it is left to others. */
function answered(method: string, url: string, body: string) {
  const heard: string[] = [];
  const clients = {
    send: (connectionId: string, text: string) => {
      if (connectionId === 'open') heard.push(text);
      return connectionId === 'open';
    },
  };
  const request = Object.assign(new PassThrough(), { method, url });
  const status = new Promise<number>((resolve) => {
    const response = { writeHead: (code: number) => ({ end: () => resolve(code) }) };
    const isAnswered = answerPost(
      clients,
      request as unknown as IncomingMessage,
      response as unknown as ServerResponse,
    );
    if (!isAnswered) resolve(0);
  });
  for (const part of [body.slice(0, 2), body.slice(2)]) request.write(part);
  request.end();
  return status.then((code) => (code === 0 ? undefined : { code, heard }));
}

test('a post reaches its connection as one message', async () => {
  expect(await answered('POST', '/@connections/open', 'Grüße')).toEqual({ code: 200, heard: ['Grüße'] });
});

test('a post to a connection that is gone is answered 410', async () => {
  expect(await answered('POST', '/@connections/gone', 'hello')).toEqual({ code: 410, heard: [] });
});

test('a post of more than 128 KB is answered 413', async () => {
  const longest = 'x'.repeat(128 * KIB);
  expect(await answered('POST', '/@connections/open', longest)).toEqual({ code: 200, heard: [longest] });
  expect(await answered('POST', '/@connections/open', `${longest}x`)).toEqual({ code: 413, heard: [] });
});

test.each([
  ['DELETE', '/@connections/open'],
  ['GET', '/@connections/open'],
  ['POST', '/@connections/'],
  ['POST', '/@connections/open/more'],
  ['POST', '/elsewhere'],
])('%s %s is left to the emulator', async (method, url) => {
  expect(await answered(method, url, 'hello')).toBeUndefined();
});
