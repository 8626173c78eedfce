import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorCode, StartError } from '../errors.ts';
import type { LocalConfig } from '../localConfig.ts';

async function listenOnce(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** Returns whether the port is free. */
async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  try {
    await listenOnce(port, host);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

export interface PortUse {
  port: number;
  /** The server that will listen there. */
  user: string;
  host: string;
  /** What a newcomer can do besides freeing the port. */
  remedy: string;
}

/** @throws StartError naming all ports that are in use */
export async function refuseTakenPorts(uses: PortUse[]): Promise<void> {
  const free = await Promise.all(uses.map(({ port, host }) => isFree(port, host)));
  const taken = uses.filter((_, index) => !free[index]);
  if (taken.length === 0) return;
  throw new StartError(
    taken
      .map(
        ({ port, user, remedy }) =>
          `Port ${port} for ${user} is in use. Stop the program that uses it, or ${remedy}.`,
      )
      .join('\n'),
  );
}

/** Below the ephemeral range: an outgoing connection could take a free port of that range at any moment. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;

/** Returns a free port, chosen at random so that concurrent callers get different ones. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
}

/** Returns the ports that this start will use. @param host the host that the emulator listens on */
export function localPorts(config: LocalConfig, postgresPort: number, host: string): PortUse[] {
  return [
    { port: config.httpPort, host, user: 'HTTP', remedy: 'set PORT to another port' },
    { port: config.websocketPort, host, user: 'WebSockets', remedy: 'set WEBSOCKET_PORT to another port' },
    ...(config.embedsPostgres
      ? [embedded(postgresPort, 'PostgreSQL', 'POSTGRES_PORT', 'POSTGRES_HOST')]
      : []),
    ...(config.embedsKafka ? [embedded(config.kafkaPort, 'Kafka', 'KAFKA_PORT', 'KAFKA_BROKERS')] : []),
  ];
}

function embedded(port: number, user: string, portName: string, ownName: string): PortUse {
  const remedy = `set ${portName} to another port, or set ${ownName} to use your own server`;
  return { port, host: '127.0.0.1', user, remedy };
}
