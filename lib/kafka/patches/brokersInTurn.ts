import type { KafkaConfig } from 'kafkajs';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import { withoutBrackets } from '../../addresses.ts';

/** In place of a colon; neither a host name nor an IPv6 address has it. */
const STAND_IN = '/';

/**
 * Returns the settings with which KafkaJS knows one broker at a time, the next one at each new client: it connects to the
 * first broker of its list, so a dead first broker would break all new connections.
 *
 * KafkaJS cuts each address of the list at its first two colons. So an IPv6 address has other characters there, and gets
 * its colons back when a socket is opened. What a cluster says of its brokers is not cut.
 *
 * @param brokers `host:port`; an IPv6 address is in brackets
 */
export function brokersInTurn(brokers: readonly string[]): Pick<KafkaConfig, 'brokers' | 'socketFactory'> {
  const known = brokers.map(withStandIns);
  const open = socketFactory();
  // Many processes start at once; they must not all connect to the same broker.
  let turn = Math.floor(Math.random() * known.length);
  return {
    brokers: () => known.slice(turn++ % known.length).slice(0, 1),
    socketFactory: ({ host, ...rest }) => open({ host: host.replaceAll(STAND_IN, ':'), ...rest }),
  };
}

function withStandIns(broker: string): string {
  const end = broker.lastIndexOf(':');
  return withoutBrackets(broker.slice(0, end)).replaceAll(':', STAND_IN) + broker.slice(end);
}
