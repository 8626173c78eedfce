import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { resourcesOf } from '../../../lib/infra/deploy/keptResources.ts';
import { type MockAws, REGION } from './mockAws.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');

export interface Ran {
  exitCode: number | null;
  output: string;
}

/** A stage that is deployed to the stand-in. */
export interface Deployment {
  stage: string;
  /** Writes the stage's file. */
  setValues(values: Record<string, string | number>): void;
  /** Writes the stage's file as it is. */
  setFile(text: string): void;
  /** Runs `serverless <command> --stage <stage>`. */
  run(command: 'deploy' | 'remove', ...options: string[]): Promise<Ran>;
  /** The stack's parameters as they are deployed; undefined if there is no stack. */
  parameters(): Promise<Record<string, string> | undefined>;
  resources(): Promise<StackResourceSummary[]>;
  /** Topics and groups of the mappings of its functions. */
  topicsAndGroups(): Promise<string[]>;
  /** Deletes the stage's file. */
  dispose(): void;
}

interface Mapping {
  FunctionArn: string;
  Topics: string[];
  AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: string };
}

/** @param stage begins with `moto-`, which Git ignores */
export function deployment(aws: MockAws, stage: string): Deployment {
  const name = `poleparty-${stage}`;
  const file = join(PROJECT, `lib/infra/stages/${stage}.yml`);
  const home = mkdtempSync(join(tmpdir(), 'poleparty-deploy-'));
  const client = new CloudFormationClient({
    region: REGION,
    endpoint: aws.env['AWS_ENDPOINT_URL'] ?? '',
    credentials: { accessKeyId: 'mock', secretAccessKey: 'mock' },
  });
  const setFile = (lines: string) => writeFileSync(file, lines);
  return {
    stage,
    setFile,
    setValues: (values) => setFile(JSON.stringify(values)), // JSON is YAML
    async run(command, ...options) {
      const bin = join(PROJECT, 'node_modules/.bin/serverless');
      const child = spawn(process.execPath, [bin, command, '--stage', stage, ...options], {
        cwd: PROJECT,
        env: { PATH: process.env['PATH'], HOME: home, ...aws.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = Promise.all([text(child.stdout), text(child.stderr)]);
      const [exitCode] = await once(child, 'close');
      return { exitCode, output: stripVTControlCharacters((await said).join('\n')) };
    },
    async parameters() {
      try {
        const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
        const pairs = stack?.Parameters?.map((one) => [one.ParameterKey, one.ParameterValue]);
        return Object.fromEntries(pairs ?? []);
      } catch (error) {
        if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
        throw error;
      }
    },
    resources: () => resourcesOf(client, name),
    async topicsAndGroups() {
      const path = '/2015-03-31/event-source-mappings/';
      const { EventSourceMappings } = await aws.read<{ EventSourceMappings: Mapping[] }>('lambda', path);
      const own = EventSourceMappings.filter(({ FunctionArn }) => FunctionArn.includes(`:${name}-`));
      return own.flatMap(({ Topics, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId } }) => {
        return [...Topics.map((topic) => `topic ${topic}`), `group ${ConsumerGroupId}`];
      });
    },
    dispose() {
      client.destroy();
      rmSync(file, { force: true });
      rmSync(home, { recursive: true });
    },
  };
}
