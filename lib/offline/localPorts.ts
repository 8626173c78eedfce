import type { LocalConfig } from '../config.ts';
import type { PortUse } from './ports.ts';

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
