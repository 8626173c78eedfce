import { describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { handler as ping } from '../../../functions/websocket/ping.ts';
import { handler as unknownAction } from '../../../functions/websocket/unknownAction.ts';
import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { answerFrames } from '../../../lib/realtime/frames/answerFrames.ts';
import { handshakeErrors } from '../../../lib/realtime/frames/handshake.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';
import { invokeRoute, say } from '../../support/websocket/webSocketEvent.ts';

function failing(error: Error) {
  const fail = async (): Promise<ServerMessage> => {
    throw error;
  };
  return middy(fail).use(answerFrames());
}

describe('a message over WebSocket', () => {
  test('is answered with its request_id', async () => {
    expect(await say(ping, '{"action":"ping"}')).toEqual({ type: 'PONG' });
    const answer = await say(ping, '{"action":"ping","request_id":"r 1"}');
    expect(answer).toEqual({ type: 'PONG', request_id: 'r 1' });
  });

  test('with an unknown action gets an ERROR with its request_id', async () => {
    const answer = await say(unknownAction, '{"action":"dance","request_id":"7"}');
    expect(answer).toMatchObject({ type: 'ERROR', code: 'unknown_action', request_id: '7' });
  });

  test('without a text action gets an ERROR', async () => {
    for (const frame of ['{}', '{"action":7}', '{"action":null}', '{"action":""}']) {
      expect(await say(unknownAction, frame)).toMatchObject({ type: 'ERROR', code: 'invalid_request' });
    }
  });

  test('that is binary or no JSON object gets an ERROR', async () => {
    for (const frame of [
      '',
      'hello',
      '7',
      'null',
      '[]',
      '"ping"',
      '{"action":',
      Buffer.from('{}'),
      undefined,
    ]) {
      expect(await say(unknownAction, frame)).toMatchObject({ type: 'ERROR', code: 'invalid_request' });
    }
  });

  test('of more than 32 KB gets an ERROR', async () => {
    const frame = JSON.stringify({ action: 'ping', text: 'é'.repeat(16_384) });
    expect(await say(ping, frame)).toMatchObject({ type: 'ERROR', code: 'payload_too_large' });
  });

  test('with a request_id that is not text of at most 100 bytes gets an ERROR without one', async () => {
    const tooLong = ['x'.repeat(101), '😀'.repeat(26), 'é'.repeat(51)];
    for (const requestId of [7, null, {}, ...tooLong, '\u0001', 'a\nb', '\u007f', '\u0085', '\ud800']) {
      const answer = await say(ping, JSON.stringify({ action: 'ping', request_id: requestId }));
      expect(answer).toEqual({ type: 'ERROR', code: 'invalid_request', detail: expect.any(String) });
    }
    for (const longest of ['x'.repeat(100), '😀'.repeat(25), '"\\'.repeat(50), '']) {
      expect(await say(ping, JSON.stringify({ request_id: longest }))).toMatchObject({ type: 'PONG' });
    }
  });

  test('with any content is answered, even nested a thousand deep', async () => {
    expect(await say(unknownAction, `${'['.repeat(15_000)}${']'.repeat(15_000)}`)).toMatchObject({
      code: 'invalid_request',
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), async (body) => {
        expect(await say(unknownAction, body)).toMatchObject({ type: 'ERROR' });
      }),
    );
  });
});

describe('an internal error', () => {
  test('is sent to the client without its cause', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const away = failing(new UnavailableError('Postgres is away at 10.0.0.7.'));
    const broken = failing(new TypeError('secret'));
    const frame = '{"action":"x","request_id":"r"}';
    const [first, second] = [await say(away, frame), await say(broken, frame)];
    expect(first).toMatchObject({ type: 'ERROR', code: 'unavailable', request_id: 'r' });
    expect(second).toMatchObject({ type: 'ERROR', code: 'internal_error', request_id: 'r' });
    expect(JSON.stringify([first, second])).not.toMatch(/10\.0|secret/);
    expect(printed).toHaveBeenCalledTimes(2);
    printed.mockRestore();
  });

  test('at $connect rejects the connection', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const connect = middy(async (): Promise<{ statusCode: number }> => {
      throw new UnavailableError('Kafka is away.');
    }).use(handshakeErrors());
    expect(await invokeRoute(connect, 'c')).toEqual({ statusCode: 503 });
    printed.mockRestore();
  });

  test('of a function that runs into its timeout asks for a retry, and leaves no stack in the log', async () => {
    const printed = captureLines();
    const hang = () => new Promise<never>(() => {});
    const soon = { getRemainingTimeInMillis: () => 10 } as Context;
    const frame = '{"action":"x","request_id":"r"}';
    expect(await say(middy(hang).use(answerFrames()), frame, 'c', soon)).toMatchObject({
      type: 'ERROR',
      code: 'unavailable',
      request_id: 'r',
    });
    expect(await invokeRoute(middy(hang).use(handshakeErrors()), 'c', undefined, soon)).toEqual({
      statusCode: 503,
    });
    expect(printed.join()).not.toContain('stack');
    jest.restoreAllMocks();
  });

  test('cannot be caused by garbage', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    await say(unknownAction, 'garbage');
    await say(unknownAction, '{"action":"dance"}');
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});
