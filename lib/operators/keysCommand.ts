import { randomUUID } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { commandSigningKeys, localConfig } from '../localConfig.ts';
import type { Sql } from '../sql/client.ts';
import {
  insertCreationKey,
  type ListedCreationKey,
  listCreationKeys,
  revokeCreationKey,
} from '../sql/creationKeys.ts';
import { createCreationKeys } from '../tokens/creationKey.ts';
import { type Answer, runCommand } from './command.ts';
import { readSecrets } from './localSecrets.ts';
import { SERVERS_HELP } from './servers.ts';

const help = `Makes, lists and revokes the keys with which clients create polls where CREATE_AUTH=key.

  npm run keys -- create <name>      makes a key and prints it, once; clients send Authorization: Bearer <key>
                                     --open-polls 100: how many of its polls may be scheduled or open at a time
                                     --per-minute 10: how many it may create in a minute
  npm run keys -- list               lists all keys with their limits, and how many open polls they have
  npm run keys -- revoke <name>      revokes a key at once; its polls stay; the name can be used again
  npm run keys -- list --json        prints JSON; works with every action

A key is signed and not stored; the database has only its name and limits. create signs with SIGNING_KEYS, which must be
those of the functions. If that variable is not set, it signs with the keys that npm start keeps in DATA_FOLDER.

${SERVERS_HELP}`;

interface Limits {
  maxOpenPolls: number;
  maxPerMinute: number;
}

async function create(sql: Sql, name: string, limits: Limits): Promise<Answer> {
  // First, so that a key that nobody can sign is not stored.
  const keys = createCreationKeys(commandSigningKeys(await readSecrets(localConfig().dataFolder)));
  const id = randomUUID();
  if (!(await insertCreationKey(sql, { id, name, ...limits }))) {
    const text = `An active key named ${name} exists. Revoke it first, or choose another name.`;
    return { json: { created: false }, text, foundProblem: true };
  }
  const key = keys.issue(id);
  const { maxOpenPolls: max_open_polls, maxPerMinute: max_per_minute } = limits;
  return {
    json: { created: true, name, key, max_open_polls, max_per_minute },
    text: `${key}\n\n${name} may have ${max_open_polls} open polls and create ${max_per_minute} a minute. The key is not shown again.`,
  };
}

async function list(sql: Sql): Promise<Answer> {
  const keys = await listCreationKeys(sql);
  return { json: keys, text: keys.length === 0 ? 'There are no keys.' : keys.map(describe).join('\n') };
}

function describe(key: ListedCreationKey): string {
  const { name, created_at, revoked_at, open_polls, max_open_polls, max_per_minute } = key;
  const state = revoked_at === null ? 'active' : `revoked ${revoked_at}`;
  return `${name}  ${state}  created ${created_at}  ${open_polls} of ${max_open_polls} open polls  ${max_per_minute} a minute`;
}

async function revoke(sql: Sql, name: string): Promise<Answer> {
  const revoked = await revokeCreationKey(sql, name);
  const text = revoked ? `${name} is revoked. Its polls stay.` : `There is no active key named ${name}.`;
  return { json: { revoked }, text, foundProblem: !revoked };
}

const NAME = /^[\w.-]{1,64}$/;

function readName(text: string | undefined): string {
  if (text !== undefined && NAME.test(text)) return text;
  throw new UsageError('A name of up to 64 letters, digits, ".", "_" and "-" is required.');
}

/** PostgreSQL's integers end at two thousand times this. */
const MOST = 1_000_000;

function readLimit(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  throw new UsageError(`${option} must be a whole number from 1 to ${MOST}, not '${text}'.`);
}

await runCommand({
  help,
  options: {
    'open-polls': { type: 'string', default: '100' },
    'per-minute': { type: 'string', default: '10' },
  },
  maxPositionals: 2,
  run: async ({ values, positionals: [action, name] }, { sql }) => {
    switch (action) {
      case 'create':
        return create(sql, readName(name), {
          maxOpenPolls: readLimit('--open-polls', values['open-polls']),
          maxPerMinute: readLimit('--per-minute', values['per-minute']),
        });
      case 'list':
        if (name !== undefined) throw new UsageError(`Unknown argument '${name}'.`);
        return list(sql);
      case 'revoke':
        return revoke(sql, readName(name));
      default:
        throw new UsageError('Expected create, list or revoke.');
    }
  },
});
