import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { limitPipelining, MAX_PIPELINED } from '../../../lib/offline/emulator/limitPipelining.ts';

/** A server whose requests run until their response closes. */
function listening() {
  const server = new EventEmitter();
  let ran = 0;
  server.on('request', () => {
    ran += 1;
  });
  const running = limitPipelining(server as unknown as Server);
  const ask = (socket: PassThrough) => {
    const response = new EventEmitter();
    server.emit('request', { socket }, response);
    return response;
  };
  return { ask, running, ran: () => ran };
}

test('a connection runs 50 requests at a time, and ends with the next', () => {
  const { ask, running, ran } = listening();
  const socket = new PassThrough();
  const responses = Array.from({ length: MAX_PIPELINED }, () => ask(socket));
  expect([ran(), running(socket), socket.destroyed]).toEqual([50, 50, false]);
  responses[0]?.emit('close');
  ask(socket);
  expect([ran(), running(socket), socket.destroyed]).toEqual([51, 50, false]);
  ask(socket);
  expect([ran(), running(socket), socket.destroyed]).toEqual([51, 50, true]);
});

test('connections are counted apart', () => {
  const { ask, running, ran } = listening();
  const sockets = Array.from({ length: MAX_PIPELINED + 1 }, () => new PassThrough());
  for (const socket of sockets) ask(socket);
  expect([ran(), ...new Set(sockets.map(running))]).toEqual([51, 1]);
});
