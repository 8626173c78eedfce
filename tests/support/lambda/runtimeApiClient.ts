/** Replaces the native addon of AWS's runtime interface client, which takes minutes and a C++ compiler to build:
 * the same three calls of the Runtime API over Node's own HTTP. */
import { request } from 'node:http';

type Headers = Record<string, string | string[] | undefined>;

const { AWS_LAMBDA_RUNTIME_API: api } = process.env;
const INVOCATION = `http://${api}/2018-06-01/runtime/invocation`;

/** The addon answers before it returns. Here the next call waits for it, which the function cannot tell. */
let answered = Promise.resolve<unknown>(undefined);

function ask(method: string, path: string, headers: Headers = {}, body?: string) {
  return new Promise<{ bodyJson: string; headers: Headers }>((resolve, reject) => {
    const asked = request(`${INVOCATION}/${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ bodyJson: text, headers: response.headers }));
    });
    asked.on('error', reject).end(body);
  });
}

export async function next(): Promise<{ bodyJson: string; headers: Headers }> {
  await answered;
  return ask('GET', 'next');
}

export function done(id: string, body: string): void {
  answered = ask('POST', `${id}/response`, { 'content-type': 'application/json' }, body);
}

export function error(id: string, body: string, xray: string): void {
  const headers = {
    'content-type': 'application/json',
    'lambda-runtime-function-xray-error-cause': xray.replaceAll('\n', ''),
  };
  answered = ask('POST', `${id}/error`, headers, body);
}
