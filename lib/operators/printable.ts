const CONTROLS_BUT_LINE_ENDS = /[^\P{Cc}\n]/gu;

/** Text for a terminal: what voters and owners have written could otherwise command it. */
export function printable(text: string): string {
  return text.replace(CONTROLS_BUT_LINE_ENDS, '\ufffd');
}
