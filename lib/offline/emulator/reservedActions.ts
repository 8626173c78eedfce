const RESERVED = ['$connect', '$disconnect'];

/** Renames an action that is a reserved route to `$default`, whose function answers `unknown_action`. The emulator would
 * run `$connect` or `$disconnect` for the message, which answer nothing. */
export function withoutReservedAction(text: string): string {
  // Most messages are not parsed a second time: only an escape can hide the sign.
  if (!text.includes('$') && !text.includes('\\')) return text;
  try {
    const frame = JSON.parse(text);
    return RESERVED.includes(frame?.action) ? JSON.stringify({ ...frame, action: '$default' }) : text;
  } catch {
    return text;
  }
}
