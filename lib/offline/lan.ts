import { networkInterfaces } from 'node:os';
import { correction, generate } from 'lean-qr';

/** Listens on every network of this machine. */
export const EVERY_HOST = '0.0.0.0';

/** Returns the host at which this machine reaches what listens on a host. */
export const ownHost = (host: string): string => ([EVERY_HOST, '::'].includes(host) ? 'localhost' : host);

const PRIVATE = /^(192\.168\.|10\.|172\.(1[6-9]|2\d|3[01])\.)/;

/** The address at which others in the network reach this machine: a private one if there is one.
 * @returns undefined without a network */
export function lanAddress(interfaces = networkInterfaces()): string | undefined {
  const addresses = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  return addresses.find((address) => PRIVATE.test(address)) ?? addresses[0];
}

const BLACK_ON_WHITE = '\x1b[30;107m';
const RESET = '\x1b[0m';
const MARGIN = 4;
/** Two modules, one above the other, make one character: by upper + 2 × lower. */
const HALVES = [' ', '▀', '▄', '█'];

/** A QR code for a terminal, black on white in dark terminals as well, because scanners fail on inverted ones. */
export function terminalQr(text: string): string {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const isBlack = (x: number, y: number) => Number(code.get(x, y));
  const lines: string[] = [];
  for (let y = -MARGIN; y < code.size + MARGIN; y += 2) {
    let line = '';
    for (let x = -MARGIN; x < code.size + MARGIN; x += 1)
      line += HALVES[isBlack(x, y) + 2 * isBlack(x, y + 1)];
    lines.push(`${BLACK_ON_WHITE}${line}${RESET}`);
  }
  return lines.join('\n');
}

/** The last lines of a start on the network: the address for phones, and its QR code. */
export function lanInvitation(port: number, address = lanAddress()): string {
  if (!address) return `Open http://localhost:${port} (no local network found for phones)`;
  const url = `http://${address}:${port}`;
  return `${terminalQr(url.toUpperCase())}\n\nOpen ${url} (also from phones on this network)`;
}
