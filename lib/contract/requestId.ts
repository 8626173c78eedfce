import { MAX_REQUEST_ID_BYTES, REQUEST_ID_PATTERN } from './limits.ts';

const pattern = new RegExp(REQUEST_ID_PATTERN);

export function isRequestId(text: string): boolean {
  const isShort = Buffer.byteLength(text) <= MAX_REQUEST_ID_BYTES;
  return isShort && text.isWellFormed() && pattern.test(text);
}
