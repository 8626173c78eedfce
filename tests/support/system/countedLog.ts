import { Kafka, logLevel } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';
import { postgresConfig } from '../../../lib/config.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { connect } from '../../../lib/sql/client.ts';
import type { System } from './system.ts';

const COUNTED_WITHIN_MS = 60_000;

/** Waits until a consumer group has processed all records of the topic `votes`.
 * @returns how many records that are */
export async function countedBy({ ports }: System, groupId: string): Promise<number> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${ports.kafka}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map(
      (await admin.fetchTopicOffsets(topics.votes)).map(({ partition, high }) => [partition, high]),
    );
    await until(async () => {
      const [votes] = await admin.fetchOffsets({ groupId, topics: [topics.votes] });
      // Markers of polls that close may come meanwhile.
      const behind = votes?.partitions.filter(
        ({ partition, offset }) => Number(offset) < Number(ends.get(partition)),
      );
      if (behind?.length !== 0) throw new Error(`${groupId} is behind on ${JSON.stringify(behind)}`);
    }, COUNTED_WITHIN_MS);
    return [...ends.values()].reduce((sum, end) => sum + Number(end), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Everything that counting has written: each tally with its number of moves, and each vote. */
export async function countsOf({ ports }: System): Promise<{ tallies: object[]; votes: object[] }> {
  const sql = connect(postgresConfig({ POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${ports.postgres}` }));
  try {
    const tallies = await sql`
      select poll_key, position, votes, ballots, moves from tallies order by poll_key, position`;
    const votes = await sql`
      select poll_key, count(*), md5(string_agg(votes::text, '' order by voter_key)) as rows
      from votes group by poll_key order by poll_key`;
    return { tallies: [...tallies], votes: [...votes] };
  } finally {
    await sql.end();
  }
}
