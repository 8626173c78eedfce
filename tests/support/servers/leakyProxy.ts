import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between a client and a server. */
export interface LeakyProxy {
  port: number;
  /** From now on, open connections silently pass nothing. New ones work. */
  loseConnections(): void;
  /** Replaces the bytes of the next answer, once, and resets that connection. */
  spoilNextAnswer(spoil: (answer: Buffer) => Buffer): void;
  stop(): Promise<void>;
}

/** Passes TCP connections on to a port, and can lose them as a network does whose other end is gone.
 * @param host that it listens on */
export async function startLeakyProxy(target: number, host = '127.0.0.1'): Promise<LeakyProxy> {
  const sockets = new Set<Socket>();
  let spoil: ((answer: Buffer) => Buffer) | undefined;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    pass(near, far);
    pass(far, near);
    far.prependListener('data', (answer: Buffer) => {
      if (!spoil) return;
      far.unpipe(near);
      near.write(spoil(answer), () => near.resetAndDestroy());
      far.destroy();
      spoil = undefined;
    });
  });
  function pass(from: Socket, to: Socket): void {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy()).on('close', () => sockets.delete(from));
  }
  await once(server.listen(0, host), 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    loseConnections: () => {
      for (const socket of sockets) socket.unpipe();
    },
    spoilNextAnswer: (how) => {
      spoil = how;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
