const SERVER = './lambda/HttpServer.js';

/** Keeps the emulator's third port closed. Whoever reaches it, which with `--lan` is everybody in the network, can invoke
 * any function with any event, such as a batch of forged votes. AWS SDKs would use it; nothing here does. */
export async function closeInvocations(): Promise<void> {
  const file = new URL(SERVER, import.meta.resolve('serverless-offline')).href;
  const { prototype } = (await import(file)).default;
  prototype.start = async () => {};
}
