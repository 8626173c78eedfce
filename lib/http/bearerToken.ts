import type { HttpEvent } from './types.ts';

const BEARER = /^Bearer +(\S.*)$/i;

/** The token of the request's `Authorization`; undefined if there is none, or of another scheme. */
export function bearerToken({ headers }: HttpEvent): string | undefined {
  return BEARER.exec(headers['authorization'] ?? '')?.[1];
}
