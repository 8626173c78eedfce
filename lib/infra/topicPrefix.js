/**
 * What stands before the names of topics and consumer groups. Stages may share a cluster on AWS, so each has its own
 * there; the emulator takes what the functions beside it read (lib/config.ts).
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 * @returns {Promise<string>}
 */
export async function topicPrefix({ resolveVariable }) {
  // osls resolves variables before any plugin of the emulator could say that it runs.
  const [command] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  if (command === 'offline') return process.env['KAFKA_TOPIC_PREFIX'] ?? '';
  return resolveVariable('param:kafkaTopicPrefix');
}
