import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { releaseNotes } from '../../../.github/releaseNotes.ts';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  permissions?: Record<string, string>;
  uses?: string;
  needs?: string;
  environment?: string;
  'timeout-minutes'?: number;
  steps?: Step[];
}

interface Workflow {
  on: unknown;
  permissions: object;
  jobs: Record<string, Job>;
}

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER);
const textOf = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
const workflows = files.map((file) => ({ file, workflow: parse(textOf(file)) as Workflow }));
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({
    name: `${file}: ${name}`,
    job,
    steps: job.steps ?? [],
  })),
);
const using = (action: string, { steps }: { steps: Step[] }) =>
  steps.some(({ uses = '' }) => uses.startsWith(`${action}@`));

describe('permissions', () => {
  test.each(workflows)('$file grants none to all of its jobs', ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
  });

  test('a job has only rights that it uses', () => {
    expect(jobs.length).toBeGreaterThan(3);
    for (const one of jobs) {
      const expected: Record<string, string> = { contents: 'read' };
      if (using('aws-actions/configure-aws-credentials', one)) expected['id-token'] = 'write';
      if (one.steps.some(({ run = '' }) => run.includes('gh release create'))) expected['contents'] = 'write';
      expect({ [one.name]: one.job.permissions }).toEqual({ [one.name]: expected });
    }
  });

  test('a checkout leaves no token for later steps', () => {
    const checkouts = jobs.flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')),
    );
    expect(checkouts.length).toBeGreaterThan(3);
    for (const step of checkouts) expect(step.with).toEqual({ 'persist-credentials': false });
  });

  test.each(files)('%s uses no stored secret', (file) => {
    expect(textOf(file)).not.toMatch(/secrets[.[]|access-key/);
  });
});

describe('supply chain', () => {
  test.each(files)('%s pins each action by commit, and names its version', (file) => {
    const actions = textOf(file).match(/(?<=uses: ).*/g) ?? [];
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) {
      expect(action).toMatch(/^(\.\/\.github\/workflows\/\w+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  test('one action has one commit everywhere', () => {
    const pins = new Set(files.flatMap((file) => textOf(file).match(/(?<=uses: )[^.].*/g) ?? []));
    const names = [...pins].map((pin) => pin.split('@')[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('no script has text of an event in it, which a title of a pull request could use', () => {
    for (const { steps } of jobs) {
      for (const { run = '' } of steps) expect(run).not.toContain('${{');
    }
  });

  test('every job that runs here has a limit of time', () => {
    for (const { name, job } of jobs) {
      if (!job.uses) expect({ [name]: job['timeout-minutes'] }).toEqual({ [name]: expect.any(Number) });
    }
  });
});

test('what checkov may not report has a reason each', () => {
  const lines = readFileSync('lib/infra/checkov.yml', 'utf8').match(/^ +- CKV.*$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(line).toMatch(/^ {2}- CKV_AWS_\d+ # [A-Z].{20,}\.$/);
});

describe('a deployment', () => {
  const { jobs: deploying, on } = parse(textOf('deploy.yml')) as Workflow;

  test('follows a tag and the whole check, and precedes the release', () => {
    expect(on).toEqual({ push: { tags: [expect.stringMatching(/^v/)] } });
    expect(deploying['test']?.uses).toBe('./.github/workflows/test.yml');
    expect(deploying['deploy']).toMatchObject({ needs: 'test', environment: 'production' });
    expect(deploying['release']?.needs).toBe('deploy');
    const steps = jobs.find(({ name }) => name === 'test.yml: test')?.steps ?? [];
    expect(steps.map(({ run }) => run)).toContain('.ci/run');
  });

  test('lasts no longer than SECURITY.md lets the role’s session last', () => {
    const steps = deploying['deploy']?.steps ?? [];
    const [seconds] = steps.flatMap((step) => step.with?.['role-duration-seconds'] ?? []);
    expect(seconds).toBeGreaterThan(3_600);
    const promised = readFileSync('SECURITY.md', 'utf8');
    expect(promised).toContain(`a maximum session of ${Number(seconds).toLocaleString('en')} s`);
  });

  test('is refused if the changelog has no entries for the version', () => {
    const changelog =
      '# Changelog\n\n## Unreleased\n\n- a\n\n## [1.2.0] - 2030-01-01\n\n### Added\n\n- b\n\n## 1.1.0\n\n- c\n';
    expect(releaseNotes(changelog, 'v1.2.0')).toBe('### Added\n\n- b');
    expect(releaseNotes(changelog, 'v1.1.0')).toBe('- c');
    for (const tag of ['v1.2', 'v1.2.1', 'Unreleased.1', '']) {
      expect(() => releaseNotes(changelog, tag)).toThrow(/has no entries/);
    }
  });
});
