import { ForeignTopicsError } from '../errors.ts';
import type { AnySql } from './client.ts';

/** Notes at first which topics this database counts the votes of, and lets it count no others: it would miss what
 * is left on its own, and take votes of polls that it does not have from those who wait for them.
 * @throws {ForeignTopicsError} */
export async function claimTopics(sql: AnySql, prefix: string): Promise<void> {
  await sql`insert into topic_set (topic_prefix) values (${prefix}) on conflict do nothing`;
  const [own] = await sql<[{ topic_prefix: string }]>`select topic_prefix from topic_set`;
  if (own.topic_prefix === prefix) return;
  throw new ForeignTopicsError(
    `This database counts the votes of Kafka's topics ${describe(own.topic_prefix)}, and this start would have those ` +
      `${describe(prefix)}. Set KAFKA_TOPIC_PREFIX as before (on AWS the param kafkaTopicPrefix), or another database.`,
  );
}

const describe = (prefix: string) => (prefix === '' ? 'without a prefix' : `with the prefix "${prefix}"`);
