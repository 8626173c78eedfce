/** What the build makes of the browser's half: the styles and the vote view's script, which pages contain, and the paths
 * of what they load. */
export interface Site {
  /** By name: `vote`, `create`, `wall`. */
  styles: Record<string, Inline>;
  /** The scripts that are in the page itself. */
  scripts: Record<string, Inline>;
  /** Paths of the other files, by name: scripts without, the image with its extension. */
  paths: Record<string, string>;
}

/** @param hash as in a content security policy: `sha256-…` */
export interface Inline {
  text: string;
  hash: string;
}

export function inlineOf(parts: Record<string, Inline>, name: string): Inline {
  const part = parts[name];
  if (!part) throw new Error(`The build has no ${name}.`);
  return part;
}
