import { isEmulated } from './emulated.js';

/**
 * The prefix of topic and group names. On AWS each stage has its own, because stages can share a cluster. The emulator
 * uses the environment variable that the local functions read (lib/config.ts).
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 * @returns {Promise<string>}
 */
export async function topicPrefix({ resolveVariable }) {
  if (isEmulated()) return process.env['KAFKA_TOPIC_PREFIX'] ?? '';
  return resolveVariable('param:kafkaTopicPrefix');
}
