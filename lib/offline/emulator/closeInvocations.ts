import { importInternal } from './importInternal.ts';

const SERVER = './lambda/HttpServer.js';

/** Keeps the emulator's third port closed. Everybody who reaches it, with `--lan` everybody in the network, can invoke any
 * function with any event, such as a batch of forged votes. AWS SDKs would use it; nothing here does. */
export async function closeInvocations(): Promise<void> {
  const { prototype } = (await importInternal(SERVER)).default;
  prototype.start = async () => {};
}
