/** Whether the emulator reads serverless.yml. osls resolves variables before it runs plugins, so only the command line
 * shows it. */
export function isEmulated() {
  const [command] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  return command === 'offline';
}
