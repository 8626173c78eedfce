import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PACKAGE = join(import.meta.dirname, '../../../node_modules/@sparticuz/chromium/package.json');

/** The package unpacks 200 MB into TMPDIR, once for each version. */
async function executable(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8'));
  const folder = join(tmpdir(), `poleparty-chromium-${version}`);
  await mkdir(folder, { recursive: true });
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    return await packaged.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

export interface TestBrowser {
  /** Opens a page in a context of its own: a device with a storage of its own.
   * @param prepare is done before the page is asked for
   * @returns the page, with all errors that it reports from then on */
  open(
    path: string,
    options?: BrowserContextOptions,
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<{ page: Page; faults: string[] }>;
  /** Closes what is open, so that no page of one test watches during the next. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** A real Chromium, from npm.
 * @param baseURL of the system
 * @param args more for its command line. The package's own are left out: they switch web security off. */
export async function launchBrowser(baseURL: string, args: string[] = []): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: await executable(),
    args: ['--no-sandbox', ...args],
    headless: true,
  });
  return {
    open: async (path, options = {}, prepare) => {
      const context = await browser.newContext({ baseURL, locale: 'en-GB', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`${error}`));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) faults.push(message.text());
      });
      await prepare?.(page);
      await page.goto(path);
      return { page, faults };
    },
    closePages: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: () => browser.close(),
  };
}

export interface Pixels {
  width: number;
  height: number;
  /** RGBA. */
  data: Uint8Array;
}

/** Decodes an image with the page's own browser. */
export async function pixelsOf(page: Page, png: Buffer): Promise<Pixels> {
  const { width, height, data } = await page.evaluate<{
    width: number;
    height: number;
    data: number[];
  }>(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (one) => one.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const { width, height } = image;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return { width, height, data: [...canvas.getImageData(0, 0, width, height).data] };
  })()`);
  return { width, height, data: Uint8Array.from(data) };
}
