import type { Page, Route, WebSocketRoute } from 'playwright-core';

export interface Line {
  /** Ends the open connections and refuses new ones, as an outage does. */
  cut(): void;
  mend(): void;
}

/** Whether a message gets through, by its JSON; without such a function everything does. */
export interface Passes {
  toServer?: (message: string) => boolean;
  toPage?: (message: string) => boolean;
}

/** Puts the page's WebSocket on a line that can be cut. Call it before the page is opened. */
export async function wire(page: Page, { toServer, toPage }: Passes = {}): Promise<Line> {
  const open = new Set<WebSocketRoute>();
  let isCut = false;
  await page.routeWebSocket(/.*/, (socket) => {
    if (isCut) return void socket.close();
    open.add(socket);
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (toServer?.(`${message}`) ?? true) server.send(message);
    });
    server.onMessage((message) => {
      if (toPage?.(`${message}`) ?? true) socket.send(message);
    });
  });
  return {
    cut: () => {
      isCut = true;
      for (const socket of open) void socket.close();
      open.clear();
    },
    mend: () => {
      isCut = false;
    },
  };
}

export interface Held {
  page: Page;
  /** Lets through what was held, and all that follows. */
  release(): Promise<void>;
}

/** Holds requests by HTTP, and messages over the WebSocket, as a network that has stopped in the middle. */
async function hold(page: Page, requests: string, passes: Passes): Promise<Held> {
  const waiting: Route[] = [];
  let isHeld = true;
  const unless = (test: Passes['toPage']) => (message: string) => !isHeld || (test?.(message) ?? true);
  await wire(page, { toServer: unless(passes.toServer), toPage: unless(passes.toPage) });
  await page.route(requests, (route) => (isHeld ? void waiting.push(route) : route.fallback()));
  return {
    page,
    release: async () => {
      isHeld = false;
      // Those of a page before a reload are gone.
      await Promise.allSettled(waiting.map((route) => route.fallback()));
    },
  };
}

/** Keeps votes in the page, which shows one as being sent. */
export const holdVotes = (page: Page) =>
  hold(page, '**/polls/*/vote', { toServer: (message) => !message.includes('"action":"vote"') });

/** Keeps the outcome of votes from the page, which shows one as arrived. */
export const holdOutcomes = (page: Page) =>
  hold(page, '**/votes/*', { toPage: (message) => !/"status":"(counted|rejected)"/.test(message) });

/** Blocks the storage, as private modes and sandboxed frames do. */
export const blockStorage = (page: Page) =>
  page.addInitScript(`Object.defineProperty(window, 'localStorage', {
    get() { throw new DOMException('The operation is insecure.', 'SecurityError'); },
  })`);
