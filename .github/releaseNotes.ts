/** Prints what CHANGELOG.md says of a version: `node .github/releaseNotes.ts v1.2.3`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** @param tag such as `v1.2.3`
 * @throws Error if the changelog has no entries for that version */
export function releaseNotes(changelog: string, tag: string): string {
  const version = tag.replace(/^v/, '');
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => /^\[?([^\]\s]+)/.exec(section)?.[1] === version);
  const notes = found?.split('\n').slice(1).join('\n').trim();
  if (notes) return notes;
  throw new Error(
    `CHANGELOG.md has no entries for ${version}: rename "Unreleased" and commit before the tag.`,
  );
}

if (import.meta.main) {
  const changelog = readFileSync(resolve(import.meta.dirname, '../CHANGELOG.md'), 'utf8');
  console.log(releaseNotes(changelog, process.argv[2] ?? ''));
}
