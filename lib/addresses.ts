import { isIPv6 } from 'node:net';

/** A URL has an IPv6 address in brackets, and so may a variable; sockets take it without them. */
export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

/** Host and port as a URL has them, for messages. */
export const hostAndPort = (host: string, port: number): string =>
  `${isIPv6(host) ? `[${host}]` : host}:${port}`;
