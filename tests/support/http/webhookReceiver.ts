import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { localhostCertificate } from '../servers/localhostCertificate.ts';

export interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A status to answer with, or a function that does anything else with a request. */
export type Behaviour = number | ((response: ServerResponse) => void);

export interface WebhookReceiver {
  port: number;
  url: string;
  /** All requests so far. */
  received: Received[];
  /** Resolves when this many have arrived, with the last of them. */
  nth(count: number): Promise<Received>;
  /** Sets one behaviour for each request; the last one stays. At first it is 204. */
  behave(...script: Behaviour[]): void;
  stop(): Promise<void>;
}

/** A webhook receiver on 127.0.0.1. */
export async function startWebhookReceiver({ tls = false } = {}): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let behaviours: Behaviour[] = [204];

  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ method: request.method, path: request.url, headers: request.headers, body });
    const behaviour = (behaviours.length > 1 ? behaviours.shift() : behaviours[0]) ?? 204;
    if (typeof behaviour === 'number') response.writeHead(behaviour).end();
    else behaviour(response);
    for (const look of waiting) look();
  };
  const server = tls ? createTlsServer(localhostCertificate, listener) : createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `${tls ? 'https' : 'http'}://localhost:${port}/hook?of=poll`,
    received,
    nth: (count) =>
      new Promise((resolve) => {
        const look = () => {
          const wanted = received[count - 1];
          if (!wanted) return;
          waiting.delete(look);
          resolve(wanted);
        };
        waiting.add(look);
        look();
      }),
    behave: (...script) => {
      behaviours = script;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Verifies a request by Standard Webhooks and returns its event. @throws Error if it is invalid */
export function verified<T>({ body, headers }: Received, secret: string | undefined): T {
  return new Webhook(secret ?? '').verify(body, headers as Record<string, string>) as T;
}
