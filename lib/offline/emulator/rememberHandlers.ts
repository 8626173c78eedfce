import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const LOADER = './lambda/handler-runner/in-process-runner/aws-lambda-ric/UserFunction.js';

type Load = (folder: string, handler: string) => Promise<unknown>;

/** Makes the emulator load each handler once. It searches for the file at every invocation, under a dozen names, which
 * takes a tenth of a request's time. To be called before the first invocation, which imports the loader. */
export function rememberHandlers(): void {
  const file = fileURLToPath(new URL(LOADER, import.meta.resolve('serverless-offline')));
  const loader: { load: Load } = createRequire(import.meta.url)(file);
  loader.load = remembered(loader.load);
}

/** A handler that fails to load is loaded again. */
export function remembered(load: Load): Load {
  const handlers = new Map<string, Promise<unknown>>();
  return (folder, handler) => {
    const name = `${folder} ${handler}`;
    let loaded = handlers.get(name);
    if (!loaded) {
      loaded = load(folder, handler);
      loaded.catch(() => handlers.delete(name));
      handlers.set(name, loaded);
    }
    return loaded;
  };
}
