import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Lane } from './lane.ts';

/** What a network does to the bytes of all connections, open and new ones. */
export type Disturbance =
  | { does: 'delay'; ms: number }
  /** Bytes wait until the disturbance is over, and arrive then, also if their sender has given up. */
  | { does: 'hold'; direction: 'requests' | 'answers' | 'both' }
  /** The first half of an answer arrives, and then the connection ends. */
  | { does: 'cut' }
  /** The server's side of the connection ends; bytes of the client still arrive. */
  | { does: 'half-close' }
  | { does: 'refuse' };

/** Between the functions and a server. */
export interface FaultyProxy {
  port: number;
  /** From now on; undefined: all goes well again. */
  disturb(disturbance: Disturbance | undefined): void;
  stop(): Promise<void>;
}

interface Connection {
  near: Socket;
  far: Socket;
  lanes: Lane[];
}

/** Passes TCP connections on to a port of this machine. */
export async function startFaultyProxy(target: number): Promise<FaultyProxy> {
  const connections = new Set<Connection>();
  let disturbance: Disturbance | undefined;

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (disturbance?.does === 'refuse') {
      near.on('error', () => {}).resetAndDestroy();
      return;
    }
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const present = () => disturbance;
    const lanes = [new Lane('requests', near, far, present), new Lane('answers', far, near, present)];
    const connection = { near, far, lanes };
    connections.add(connection);
    far.on('close', () => {
      near.destroy();
      connections.delete(connection);
    });
  });

  function disturb(next: Disturbance | undefined): void {
    disturbance = next;
    for (const { near, far, lanes } of connections) {
      if (next?.does === 'refuse') near.resetAndDestroy();
      if (next?.does === 'refuse') far.resetAndDestroy();
      if (next?.does === 'half-close') near.end();
      for (const lane of lanes) lane.pump();
    }
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    disturb,
    stop: async () => {
      for (const { near, far } of connections) for (const socket of [near, far]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
