import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { evaluateTemplate, type Template, type Values } from './evaluateTemplate.ts';

export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string | string[];
  Condition?: string;
  Properties: Record<string, unknown>;
}

export interface PackagedStack {
  templatePath: string;
  resources: Record<string, Resource>;
  parameters: Template['Parameters'];
  template: Template;
  /** What a deployment with these parameters makes. */
  deployedWith(values: Values): Record<string, Resource>;
  ofType(type: string): [name: string, resource: Resource][];
  /** The files in a function's package, by their names. */
  filesOf(functionName: string): Record<string, Uint8Array>;
  /** Unpacks a function far from this project's node_modules, as Lambda does, and gives the folder: the same one
   * each time, as it was at first. */
  unpack(functionName: string): string;
  remove(): void;
}

const PROJECT = join(import.meta.dirname, '../../..');

/** Runs `serverless package` as a machine without AWS credentials would.
 * @param options such as `--stage` */
export function packageStack(...given: string[]): PackagedStack {
  const home = mkdtempSync(join(tmpdir(), 'poleparty-package-'));
  const folder = join(home, 'package');
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const command = join(PROJECT, 'node_modules/.bin/serverless');
  const options = { cwd: PROJECT, env, stdio: 'pipe' } as const;
  const remove = () => rmSync(home, { recursive: true });
  try {
    execFileSync(process.execPath, [command, 'package', '--package', folder, ...given], options);
  } catch (error) {
    remove();
    throw error;
  }
  const filesOf = (name: string) => unzipSync(readFileSync(join(folder, `${name}.zip`)));
  const templatePath = join(folder, 'cloudformation-template-update-stack.json');
  const template: Template = JSON.parse(readFileSync(templatePath, 'utf8'));
  return {
    templatePath,
    resources: template.Resources,
    parameters: template.Parameters,
    template,
    deployedWith: (values) => evaluateTemplate(template, values),
    ofType: (type) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type),
    filesOf,
    unpack(name) {
      const target = join(home, 'unpacked', name);
      rmSync(target, { recursive: true, force: true });
      for (const [file, contents] of Object.entries(filesOf(name))) {
        mkdirSync(dirname(join(target, file)), { recursive: true });
        writeFileSync(join(target, file), contents);
      }
      return target;
    },
    remove,
  };
}
