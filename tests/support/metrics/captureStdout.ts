import { jest } from '@jest/globals';

export interface CapturedStdout {
  text(): string;
  forget(): void;
  restore(): void;
}

/** Keeps what this process writes to stdout, instead of showing it. */
export function captureStdout(): CapturedStdout {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  return {
    text: () => text,
    forget: () => {
      text = '';
    },
    restore: () => write.mockRestore(),
  };
}

/** Keeps what this process writes to stdout, until `jest.restoreAllMocks`.
 * @returns the writes, each a line of the log; it grows */
export function captureLines(): string[] {
  const lines: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  return lines;
}
