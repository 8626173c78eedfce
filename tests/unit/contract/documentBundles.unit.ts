import { globSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { bundleOptions } from '../../../esbuild.config.ts';

test('no function but those that serve the API documents loads them', async () => {
  const entryPoints = globSync('functions/*/*.ts', { cwd: bundleOptions.absWorkingDir });
  const { metafile } = await build({ ...bundleOptions, entryPoints, sourcemap: false });
  const loading = Object.values(metafile.outputs)
    .filter(({ inputs }) => Object.keys(inputs).some((input) => input.startsWith('lib/contract/documents/')))
    .map(({ entryPoint }) => entryPoint);
  expect(loading.sort()).toEqual(['functions/http/getAsyncApi.ts', 'functions/http/getOpenApi.ts']);
});
