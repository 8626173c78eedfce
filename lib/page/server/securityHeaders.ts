import type { Origins } from './origins.ts';
import type { Inline } from './site.ts';

export interface Policy {
  styles: Inline[];
  scripts: Inline[];
  origins: Origins;
  isFramable: boolean;
  /** Where large audiences read the poll; empty for the page's own origin. */
  publicUrl: string;
}

const sources = (inline: Inline[]) => inline.map(({ hash }) => `'${hash}'`).join(' ');

/** With a path, only that exact path may be connected to. A policy cannot name an IPv6 address, so its scheme is allowed. */
const originOf = (url: string) => url.replace(/^(\w+:)\/\/\[.*$/, '$1').replace(/^(\w+:\/\/[^/]+).*$/, '$1');

function contentSecurityPolicy({ styles, scripts, origins, isFramable, publicUrl }: Policy): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${sources(scripts)}`.trim(),
    `style-src 'self' ${sources(styles)}`.trim(),
    "img-src 'self' data:",
    `connect-src 'self' ${originOf(origins.live)} ${originOf(publicUrl)}`.trim(),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${isFramable ? '*' : "'none'"}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

const PERMISSIONS = [
  'camera=()',
  'microphone=()',
  'geolocation=()',
  'screen-wake-lock=(self)',
  'fullscreen=(self)',
  'clipboard-write=(self)',
].join(', ');

/** Two years, as browsers' preload lists ask for at least one. */
const HSTS = 'max-age=63072000';

/** A page's headers. On plain http a browser reports COOP as an error and ignores HSTS. */
export function securityHeaders(policy: Policy): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(policy),
    'referrer-policy': 'no-referrer',
    'permissions-policy': PERMISSIONS,
    ...(policy.origins.isSecure
      ? { 'cross-origin-opener-policy': 'same-origin', 'strict-transport-security': HSTS }
      : {}),
  };
}
