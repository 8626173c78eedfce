import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorCode, StartError } from '../errors.ts';
import type { LocalConfig } from '../localConfig.ts';

async function listenOnce(port: number, host: string): Promise<undefined> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port, '127.0.0.1');
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

/** @throws StartError naming all ports that are in use or that this start may not listen on */
export async function refuseTakenPorts(uses: PortUse[]): Promise<void> {
  const faults = await Promise.all(
    uses.map((use) => listenOnce(use.port, use.host).catch((error) => explainPort(error, use))),
  );
  // HTTP and WebSockets have the same host.
  const different = new Set(faults.filter((fault) => fault !== undefined));
  if (different.size > 0) throw new StartError([...different].join('\n'));
}

/** Explains why a server cannot listen.
 * @throws the error itself if it has nothing to do with port or host */
export function explainPort(error: unknown, { port, user, host, remedy }: PortUse): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `Port ${port} for ${user} is in use. Stop the program that uses it, or ${remedy}.`;
    case 'EACCES':
      return `This user may not listen on port ${port} for ${user}. Ports below 1024 are usually for root: ${remedy}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine. Set --host to one that is, such as localhost, or use --lan.`;
    default:
      throw error;
  }
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
