import type { Page, WebSocketRoute } from 'playwright-core';

export interface Line {
  /** Ends the open connections and refuses new ones, as an outage does. */
  cut(): void;
  mend(): void;
}

/** Puts the page's WebSocket on a line that can be cut. To be called before the page is opened.
 * @param passes whether a message of the server goes through */
export async function wire(page: Page, passes: (message: string) => boolean = () => true): Promise<Line> {
  const open = new Set<WebSocketRoute>();
  let isCut = false;
  await page.routeWebSocket(/.*/, (socket) => {
    if (isCut) return void socket.close();
    open.add(socket);
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (passes(`${message}`)) socket.send(message);
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
