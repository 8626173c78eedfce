import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  Status: 'SUCCESS' | 'FAILED';
  Reason?: string;
  PhysicalResourceId: string;
  Data?: Record<string, string>;
  [name: string]: unknown;
}

/** Replaces the address at which CloudFormation waits for the answer of a custom resource. */
export interface AnswersReceiver {
  url: string;
  answers: Answer[];
  headers: IncomingHttpHeaders[];
  stop(): Promise<void>;
}

/** @param refusals answers 503 to so many requests first */
export async function startAnswersReceiver(refusals = 0): Promise<AnswersReceiver> {
  const answers: Answer[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let left = refusals;
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    if (left > 0) {
      left -= 1;
      response.writeHead(503).end();
      return;
    }
    headers.push(request.headers);
    answers.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/answer?X-Amz-Signature=of-nobody`,
    answers,
    headers,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
