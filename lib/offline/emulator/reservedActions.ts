const RESERVED = ['$connect', '$disconnect'];

/** Renames an action that is a reserved route to `$default`, whose function answers `unknown_action`. Otherwise the
 * emulator would run the function of `$connect` or `$disconnect`, which answers nothing. */
export function withoutReservedAction(text: string): string {
  // Parses a message only if it contains `$`, or an escape that could encode it.
  if (!text.includes('$') && !text.includes('\\')) return text;
  try {
    const frame = JSON.parse(text);
    return RESERVED.includes(frame?.action) ? JSON.stringify({ ...frame, action: '$default' }) : text;
  } catch {
    return text;
  }
}
