import { Server } from 'node:net';
import { expect, jest, test } from '@jest/globals';
import { closeInvocations } from '../../../lib/offline/emulator/closeInvocations.ts';

test('the port on which anybody could invoke functions stays closed, and stops', async () => {
  const listen = jest.spyOn(Server.prototype, 'listen');
  await closeInvocations();
  const file = new URL('./lambda/HttpServer.js', import.meta.resolve('serverless-offline')).href;
  const { default: HttpServer } = await import(file);
  const functions = { listFunctionNames: () => [], listFunctionNamePairs: () => ({}) };
  const server = new HttpServer({ host: '127.0.0.1', lambdaPort: 0 }, functions);
  await server.start();
  expect(listen).not.toHaveBeenCalled();
  await server.stop(1);
  listen.mockRestore();
});
