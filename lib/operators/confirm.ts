import { createInterface } from 'node:readline';

/** Asks somebody on a terminal.
 * @returns whether they typed “yes”; whatever else they do is a no */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  output.write(`${question} Type “yes”: `);
  for await (const line of createInterface({ input })) return line.trim().toLowerCase() === 'yes';
  return false;
}
