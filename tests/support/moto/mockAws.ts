import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { until } from '../../../lib/concurrency/deadline.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import { pythonPackages } from '../clients/tools.ts';

/** A call of AWS's API: an action of CloudFormation or another service with forms, else method and path. */
export interface Call {
  name: string;
  /** The form's fields. */
  fields: Record<string, string>;
}

export interface MockAws {
  /** The environment of programs that call AWS. */
  env: Record<string, string>;
  /** Calls since the last look, in their order. */
  takeCalls(): Call[];
  /** Reads from a service's REST API. */
  read<T>(service: string, path: string): Promise<T>;
  stop(): Promise<void>;
}

export const REGION = 'us-east-1';
const STARTS_WITHIN_MS = 60_000;

function describeCall({ method = '', url = '' }: IncomingMessage, body: Buffer): Call {
  const form = url === '/' ? Object.fromEntries(new URLSearchParams(body.toString())) : {};
  return { name: form['Action'] ?? `${method} ${url}`, fields: form };
}

/** Passes each request on to moto, and notes it. */
function recorder(port: number, calls: Call[]) {
  return async (incoming: IncomingMessage, answer: ServerResponse) => {
    const body = await buffer(incoming);
    calls.push(describeCall(incoming, body));
    const { method, url: path, headers } = incoming;
    const passedOn = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    passedOn.on('error', () => answer.writeHead(502).end());
    passedOn.end(body);
  };
}

/** Starts moto, an AWS in memory, behind a server that notes what is sent to it. */
export async function startMockAws(): Promise<MockAws> {
  const port = await freePort();
  const moto = spawn('python3', [join(import.meta.dirname, 'server.py'), `${port}`], {
    env: {
      ...process.env,
      PYTHONPATH: await pythonPackages('moto', join(import.meta.dirname, 'requirements.txt')),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(moto, 'close');
  let said = '';
  moto.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000);
  });
  await until(
    () => fetch(`http://127.0.0.1:${port}/moto-api/data.json`),
    STARTS_WITHIN_MS,
    () => moto.exitCode !== null,
  ).catch((cause) => {
    moto.kill('SIGKILL');
    throw new Error(`moto did not start. It said:\n${said}`, { cause });
  });
  const calls: Call[] = [];
  const server = createServer(recorder(port, calls)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'mock',
      AWS_SECRET_ACCESS_KEY: 'mock',
      AWS_EC2_METADATA_DISABLED: 'true',
      SLS_AWS_MONITORING_FREQUENCY: '500', // milliseconds between two looks at a stack
    },
    takeCalls: () => calls.splice(0),
    async read<T>(service: string, path: string) {
      // The scope of the signature, which is not checked, says which service is meant.
      const Authorization = `AWS4-HMAC-SHA256 Credential=mock/20260101/${REGION}/${service}/aws4_request`;
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization } });
      return (await response.json()) as T;
    },
    async stop() {
      moto.kill('SIGKILL');
      server.closeAllConnections();
      server.close();
      await ended;
    },
  };
}
