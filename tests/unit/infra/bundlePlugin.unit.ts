import { beforeAll, expect, jest, test } from '@jest/globals';

const BUILD_FOLDER = '/project/.build';
const buildFunctions = jest.fn<() => Promise<unknown>>();

type Plugin = typeof import('../../../lib/infra/build/bundlePlugin.ts').default;
let BundlePlugin: Plugin;

beforeAll(async () => {
  const builder = new URL('../../../esbuild.config.ts', import.meta.url).pathname;
  jest.unstable_mockModule(builder, () => ({ BUILD_FOLDER, buildFunctions }));
  ({ default: BundlePlugin } = await import('../../../lib/infra/build/bundlePlugin.ts'));
});

/** The one whose errors Serverless prints without a stack. */
class UserError extends Error {}

async function startFailure(error: Error): Promise<unknown> {
  buildFunctions.mockRejectedValueOnce(error);
  const serverless = { serviceDir: '/project', service: { functions: {} }, classes: { Error: UserError } };
  const { hooks } = new BundlePlugin(serverless);
  return hooks['before:offline:start:init']?.().catch((failure: unknown) => failure);
}

test('a build folder of another user fails the start with what to do, and no stack', async () => {
  const path = `${BUILD_FOLDER}/functions/http/castVote.mjs.7`;
  const refused = Object.assign(new Error(`EACCES: permission denied, open '${path}'`), {
    code: 'EACCES',
    path,
  });
  const failure = await startFailure(refused);
  expect(failure).toBeInstanceOf(UserError);
  expect(String(failure)).toMatch(
    /No permission for \/project\/\.build\/.*: \/project\/\.build belongs to user .*sudo chown -R .* '\/project\/\.build'\nOr move the project/,
  );
});

test('a fault of the code keeps its stack', async () => {
  const fault = new Error('Build failed with 1 error');
  expect(await startFailure(fault)).toBe(fault);
});
