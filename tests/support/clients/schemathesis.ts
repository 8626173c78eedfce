import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { pythonTools } from './tools.ts';

/** The same requests in each run, so that findings can be repeated. */
const SEED = 2030;
const EXAMPLES_PER_OPERATION = 10;

export interface Known {
  /** A poll whose owner's token is given, for all operations but deletion. */
  pollId: string;
  adminToken: string;
  receipt: string;
  /** A poll of another owner. */
  otherPollId: string;
}

/** Sends requests that fit the document, and others that do not, and holds the answers to the document.
 * @param folder for its files
 * @returns its report. @throws Error with it if an answer is a 5xx or does not conform */
export async function tryAtRandom(url: string, folder: string, known: Known): Promise<string> {
  const config = [
    '[parameters]',
    `"path.id" = "${known.pollId}"`,
    `"path.receipt" = "${known.receipt}"`,
    '[[operations]]',
    'include-name = "DELETE /polls/{id}"',
    `parameters = { "path.id" = "${known.otherPollId}" }`,
  ];
  const file = join(folder, 'schemathesis.toml');
  await writeFile(file, config.join('\n'));
  // One worker: two at once meet a fault of Python 3.11's `ast`.
  const bounds = ['--seed', `${SEED}`, '--max-examples', `${EXAMPLES_PER_OPERATION}`, '--workers', '1'];
  const phases = ['--phases', 'examples,coverage,fuzzing', '--generation-database', 'none'];
  // No schema can say which cursors there are, or when now is.
  const checks = ['--exclude-checks', 'positive_data_acceptance'];
  const owner = ['--header', `Authorization: Bearer ${known.adminToken}`];
  const args = ['--no-color', '--config-file', file, 'run', `${url}/openapi.json`];
  return run(
    'python3',
    ['-m', 'schemathesis.cli', ...args, ...bounds, ...phases, ...checks, ...owner],
    folder,
    {
      PYTHONPATH: await pythonTools(),
    },
  );
}
