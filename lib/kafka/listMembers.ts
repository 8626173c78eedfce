import type { KafkaConfig } from '../config.ts';
import { kafkaClient } from './client.ts';
import { connectAny } from './connectAny.ts';

/** A consumer in a group. One that was killed stays until its session is over. */
export interface Member {
  clientId: string;
  /** An address, `/10.0.0.7`. */
  clientHost: string;
}

/** Who is in these consumer groups; a group that does not exist has nobody.
 * @throws KafkaJSError when the brokers do not answer, as they do while a coordinator starts */
export async function listMembers(config: KafkaConfig, groupIds: string[]): Promise<Member[]> {
  const client = kafkaClient(config);
  const admin = await connectAny(() => client.admin());
  try {
    // KafkaJS knows no broker before, and finds no coordinator without one.
    await admin.listTopics();
    const { groups } = await admin.describeGroups(groupIds);
    return groups.flatMap(({ members }) => members);
  } finally {
    await admin.disconnect();
  }
}
