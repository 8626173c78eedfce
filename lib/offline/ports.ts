import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { LocalConfig } from '../config.ts';
import { errorCode, StartError } from '../errors.ts';

async function listenOnce(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** Whether nothing listens on the port. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
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
  /** Who is to listen there. */
  user: string;
  host: string;
  /** What the user can do other than free the port. */
  remedy: string;
}

/** @throws StartError naming all that somebody else listens on */
export async function refuseTakenPorts(uses: PortUse[]): Promise<void> {
  const free = await Promise.all(uses.map(({ port, host }) => isFree(port, host)));
  const taken = uses.filter((_, index) => !free[index]);
  if (taken.length === 0) return;
  throw new StartError(
    taken
      .map(
        ({ port, user, remedy }) =>
          `Port ${port}, for ${user}, is in use. Stop what listens there, or ${remedy}.`,
      )
      .join('\n'),
  );
}

/** Below what systems give to outgoing connections, of which any may take the port that we have just found. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;

/** A port that is free now, at random: who looks at the same time finds another. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
}

/** What will listen where. @param host where the emulator listens */
export function localPorts(config: LocalConfig, postgresPort: number, host: string): PortUse[] {
  return [
    { port: config.httpPort, host, user: 'HTTP', remedy: 'set PORT to another' },
    { port: config.websocketPort, host, user: 'WebSockets', remedy: 'set WEBSOCKET_PORT to another' },
    ...(config.embedsPostgres
      ? [embedded(postgresPort, 'PostgreSQL', 'POSTGRES_PORT', 'POSTGRES_HOST')]
      : []),
    ...(config.embedsKafka ? [embedded(config.kafkaPort, 'Kafka', 'KAFKA_PORT', 'KAFKA_BROKERS')] : []),
  ];
}

function embedded(port: number, user: string, portName: string, ownName: string): PortUse {
  const remedy = `set ${portName} to another, or ${ownName} to use a server of yours`;
  return { port, host: '127.0.0.1', user, remedy };
}
