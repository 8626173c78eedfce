import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { defaults } from '../../../lib/infra/parameters/parameters.js';

const RUNBOOK = readFileSync('lib/infra/RUNBOOK.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

interface Alarm {
  Type: string;
  Properties: { AlarmName: string; AlarmDescription: string };
}

// In plain JavaScript, which osls loads, and without types.
const file: string = '../../../lib/infra/alarms.js';
const { Resources }: { Resources: Record<string, Alarm> } = await import(file);

const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
/** The text of each section, by its heading. */
const sections = new Map(
  RUNBOOK.split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0], section]),
);

test('there are at most eleven alarms', () => {
  expect(alarms.length).toBeLessThanOrEqual(11);
});

test('each alarm has a section that says what it means, where to look and what to do, and leads to it', () => {
  for (const { Properties } of alarms) {
    const name = /(?<=\}-)[^}]+$/.exec(Properties.AlarmName)?.[0] ?? '';
    expect(Properties.AlarmDescription).toContain(`RUNBOOK.md, section ${name}.`);
    for (const part of [/^Means: /m, /^Look: /m, /^Do: /m])
      expect([name, sections.get(name)]).toEqual([name, expect.stringMatching(part)]);
  }
});

test('the outages have sections too, and no section is left over', () => {
  const outages = ['A broker is gone', 'Postgres is gone', 'Restore'];
  expect(sections.size).toBe(alarms.length + outages.length);
  for (const outage of outages) expect(sections.has(outage)).toBe(true);
});

test('each command that it names exists', () => {
  const named = [...RUNBOOK.matchAll(/npm run ([\w:-]+)/g)].map(([, command]) => command);
  expect(named.length).toBeGreaterThan(10);
  for (const command of named) expect(Object.keys(scripts)).toContain(command);
});

test('each parameter that it names exists', () => {
  for (const name of ['votesRetentionDays', 'maximumPollers', 'votesPerMinute']) {
    expect(RUNBOOK).toContain(`\`${name}\``);
    expect(defaults).toHaveProperty(name);
  }
});
