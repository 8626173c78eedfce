import { checkCommandLine, readStageFile } from '../deploy/stageFile.ts';
import { defaults } from './parameters.js';

/**
 * Returns the parameters' values, for osls's `params`: a stage's file (stages/<stage>.yml) goes before the defaults, and
 * `--param` before both. A value that exists only on somebody's command line would go back to its default with the next
 * deployment that lacks it.
 *
 * @param {{ options: { param?: string[] }, resolveVariable(name: string): Promise<string> }} serverless
 */
export async function values({ options, resolveVariable }) {
  const names = Object.keys(defaults);
  checkCommandLine(options.param ?? [], names);
  return { ...defaults, ...readStageFile(await resolveVariable('sls:stage'), names) };
}
