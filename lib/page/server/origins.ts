/** Where the reader's requests go. */
export interface Origins {
  /** The origin of the page, such as `https://polls.example.com`. */
  page: string;
  /** The URL of the WebSocket, such as `wss://live.example.com/prod`. */
  live: string;
  isSecure: boolean;
}

interface RequestHeaders {
  host?: string | undefined;
  'x-forwarded-proto'?: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** Headers become part of a security policy, where `;` would begin another rule. */
const HOST = /^[a-z0-9.:[\]-]+$/i;

function hostOf({ host = '' }: RequestHeaders): string {
  return HOST.test(host) && URL.canParse(`http://${host}`) ? host : 'localhost';
}

/** @param endpoint of the WebSocket. On this machine it is a name that a phone cannot use, so the host of the request
 * takes its place.
 * @param publicUrl of the page where a CDN or a domain is in front of it */
export function originsOf(headers: RequestHeaders, endpoint: string, publicUrl?: string): Origins {
  const host = hostOf(headers);
  const protocol = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const live = new URL(endpoint);
  live.protocol = live.protocol === 'https:' ? 'wss:' : 'ws:';
  if (LOOPBACK.test(live.hostname)) live.hostname = new URL(`http://${host}`).hostname;
  const page = publicUrl ? new URL(publicUrl).origin : `${protocol}://${host}`;
  return { page, live: live.href.replace(/\/$/, ''), isSecure: page.startsWith('https:') };
}
