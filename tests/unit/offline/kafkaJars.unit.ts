import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { launch } from '../../support/servers/launch.ts';

const MODULE = join(import.meta.dirname, '../../../lib/offline/servers/kafkaJars.ts');
const BROKER = 'org.some:broker:1.2.3';
const LOGGING = 'org.some:logging:2';
const JARS = { 'broker-1.2.3.jar': 'the broker', 'logging-2.jar': 'its log' };

let cache: string;
let list: string;
let repository: string;
let asked: string[];
let answer: RequestListener;
let stop: () => void;

const contentOf = (url = '') => Object.entries(JARS).find(([file]) => url.endsWith(file))?.[1] ?? '';

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'poleparty-jars-'));
  list = join(mkdtempSync(join(tmpdir(), 'poleparty-list-')), 'kafka-1.2.3.sha256');
  const lines = [`${hash('sha256', 'the broker')}  ${BROKER}`, `${hash('sha256', 'its log')}  ${LOGGING}`];
  writeFileSync(list, `# A comment.\n${lines.join('\n')}\n`);
  asked = [];
  answer = (request, response) => response.end(contentOf(request.url));
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}/maven2/`;
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
});

afterEach(() => stop());

/** Asks for the jars in a process of its own, whose path holds no Maven unless one is given. */
async function ask(path = '/nowhere'): Promise<string> {
  const options = JSON.stringify({ list, repository });
  const script = `import(${JSON.stringify(MODULE)})
    .then(({ kafkaJars }) => kafkaJars(${JSON.stringify(cache)}, ${options}))
    .then(console.log, (error) => console.log(error.name + ': ' + error.message));`;
  const asking = launch([process.execPath, '--no-warnings', '-e', script], {
    cwd: cache,
    env: { PATH: path },
  });
  await asking.exited;
  return asking.output();
}

const kept = () =>
  Object.fromEntries(
    readdirSync(join(cache, 'kafka-1.2.3')).map((file) => [
      file,
      readFileSync(join(cache, 'kafka-1.2.3', file), 'utf8'),
    ]),
  );

describe('kafkaJars', () => {
  test('are downloaded without Maven, once, by their repository paths', async () => {
    expect(await ask()).toBe(join(cache, 'kafka-1.2.3'));
    expect(kept()).toEqual(JARS);
    expect(asked.sort()).toEqual([
      '/maven2/org/some/broker/1.2.3/broker-1.2.3.jar',
      '/maven2/org/some/logging/2/logging-2.jar',
    ]);
    await ask();
    expect(asked).toHaveLength(2);
  });

  test('are downloaded again if one is tampered with or incomplete', async () => {
    answer = (request, response) => {
      if (asked.filter((url) => url === request.url).length > 1) response.end(contentOf(request.url));
      else if (request.url?.includes('broker')) response.end('the burglar');
      else {
        response.setHeader('content-length', '100').write('its');
        setImmediate(() => response.destroy());
      }
    };
    expect(await ask()).toBe(join(cache, 'kafka-1.2.3'));
    expect(kept()).toEqual(JARS);
  });

  test('are downloaded again if one is damaged on disk', async () => {
    await ask();
    writeFileSync(join(cache, 'kafka-1.2.3', 'logging-2.jar'), 'its l');
    await ask();
    expect(kept()).toEqual(JARS);
  });

  test('fail with a message if one stays wrong, and leave no partial files', async () => {
    answer = (request, response) =>
      response.end(request.url?.includes('broker') ? 'the burglar' : contentOf(request.url));
    expect(await ask()).toMatch(
      /^StartError: Kafka could not be downloaded: broker-1\.2\.3\.jar: its checksum is wrong\. Check the network/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('without a network, the message says what to do', async () => {
    stop();
    expect(await ask()).toMatch(
      /^StartError: Kafka could not be downloaded: .*ECONNREFUSED.*HTTPS_PROXY.*KAFKA_BROKERS.*install Maven.*$/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test.each([
    ['are taken', 'the broker', /kafka-1\.2\.3$/],
    [
      'are refused if their checksums are wrong',
      'the burglar',
      /jars that Maven downloaded have wrong checksums/,
    ],
  ])('if the repository is unreachable, those of Maven %s', async (_, broker, said) => {
    stop();
    const tools = mkdtempSync(join(tmpdir(), 'poleparty-tools-'));
    const mvn = `#!/bin/sh
      for one; do case $one in -DoutputDirectory=*) to=\${one#*=} ;; esac; done
      printf '${broker}' > "$to/broker-1.2.3.jar"; printf 'its log' > "$to/logging-2.jar"`;
    writeFileSync(join(tools, 'mvn'), mvn, { mode: 0o755 });
    expect(await ask(tools)).toMatch(said);
  });
});
