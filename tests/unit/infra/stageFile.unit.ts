import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkCommandLine, readStageFile } from '../../../lib/infra/deploy/stageFile.ts';

const NAMES = ['kafkaTopicPrefix', 'subnetIds', 'tickMs', 'websocketAccessLogs'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'poleparty-stages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  writeFileSync(join(folder, 'prod.yml'), text);
  return readStageFile('prod', NAMES, folder);
}

test('a stage’s file gives values as text, as CloudFormation takes them', () => {
  const text = 'tickMs: 250\nwebsocketAccessLogs: true\nsubnetIds: [subnet-1, subnet-2]\nkafkaTopicPrefix:\n';
  expect(read(text)).toEqual({
    tickMs: '250',
    websocketAccessLogs: 'true',
    subnetIds: 'subnet-1,subnet-2',
    kafkaTopicPrefix: '',
  });
});

test('a stage without a file, or with an empty one, has the defaults', () => {
  expect(readStageFile('other', NAMES, folder)).toEqual({});
  expect(read('# nothing yet\n')).toEqual({});
});

test('a name that is typed wrong is refused, and the right one is named where letters differ in case only', () => {
  expect(() => read('tickms: 250')).toThrow(/prod\.yml: there is no parameter tickms\. Its name is tickMs\./);
  expect(() => read('tick: 250')).toThrow(
    /there is no parameter tick\. lib\/infra\/parameters\/parameters\.js lists them\./,
  );
  expect(() => checkCommandLine(['subnetids=a'], NAMES)).toThrow(/--param: .*Its name is subnetIds\./);
});

test('a value that is not plain is refused', () => {
  expect(() => read('tickMs: { a: 1 }')).toThrow(/prod\.yml: tickMs must be text, a number/);
  expect(() => read('- tickMs')).toThrow(/prod\.yml must hold lines/);
});

test('changes are accepted on the command line only', () => {
  expect(() => checkCommandLine(['acceptChanges=true', 'tickMs=1'], NAMES)).not.toThrow();
  expect(() => read('acceptChanges: true')).toThrow(/there is no parameter acceptChanges/);
});
