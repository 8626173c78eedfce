import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_RUNNING, MessageLanes } from '../../../lib/offline/emulator/messageLanes.ts';

function lane() {
  const lanes = new MessageLanes();
  const ran: number[] = [];
  const socket = { isPaused: false, pause: () => {}, resume: () => {} };
  socket.pause = () => {
    socket.isPaused = true;
  };
  socket.resume = () => {
    socket.isPaused = false;
  };
  lanes.open('one', socket);
  let taken = 0;
  const take = () => {
    const number = taken++;
    lanes.take('one', () => ran.push(number));
  };
  return { lanes, socket, ran, take, finish: () => lanes.finish('one') };
}

test('at most 100 messages of a connection run, in their order, and the rest pause it', () => {
  const steps = fc.array(fc.tuple(fc.nat(2 * MAX_RUNNING), fc.nat(2 * MAX_RUNNING)), { maxLength: 6 });
  fc.assert(
    fc.property(steps, (bursts) => {
      const { socket, ran, take, finish } = lane();
      let taken = 0;
      let finished = 0;
      const check = () => {
        expect(ran.length - finished).toBe(Math.min(MAX_RUNNING, taken - finished));
        expect(socket.isPaused).toBe(taken - finished > MAX_RUNNING);
      };
      for (const [arrivals, answers] of bursts) {
        for (let i = 0; i < arrivals; i += 1, taken += 1) take();
        check();
        for (let i = 0; i < answers && finished < taken; i += 1, finished += 1) finish();
        check();
      }
      expect(ran).toEqual(ran.map((_, index) => index));
    }),
  );
});

test('messages that wait when their connection closes do not run', () => {
  const { lanes, ran, take, finish } = lane();
  for (let i = 0; i < MAX_RUNNING + 5; i += 1) take();
  lanes.close('one');
  take();
  finish();
  expect(ran).toHaveLength(MAX_RUNNING);
});
