import { newTopicSettings, wantedTopics } from '../kafka/topics.ts';
import { clusterArn } from './clusterArn.js';

const LOGICAL_IDS = ['VotesTopic', 'StandingsTopic', 'WebhooksTopic', 'DeadLettersTopic'];
const PARTITIONS = { VotesTopic: { Ref: 'VotesPartitions' }, StandingsTopic: { Ref: 'StandingsPartitions' } };

/** The number of replicas, which `KAFKA_REPLICATION` gives to the migration: it makes topics where the stack does not. */
const ReplicationFactor = {
  'Fn::If': ['ReplicationBySize', { 'Fn::If': ['Production', 3, 2] }, { Ref: 'KafkaReplication' }],
};

/**
 * Returns the topics as resources, with the names and settings of lib/kafka/topics.ts. They hold votes, so they outlive
 * the stack, and the next deployment says `existingTopics`.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 */
export async function Resources({ resolveVariable }) {
  const topicPrefix = await resolveVariable('self:custom.topicPrefix');
  const votesRetentionDays = Number(await resolveVariable('param:votesRetentionDays'));
  const wanted = wantedTopics({
    topicPrefix,
    votesRetentionDays,
    votesPartitions: 1,
    standingsPartitions: 1,
  });
  return Object.fromEntries(wanted.map((topic, at) => [LOGICAL_IDS[at], resource(LOGICAL_IDS[at], topic)]));
}

const resource = (id, { topic, partitions, ...wanted }) => ({
  Type: 'AWS::MSK::Topic',
  Condition: 'MakeTopics',
  DeletionPolicy: 'RetainExceptOnCreate',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    ClusterArn: clusterArn,
    TopicName: topic,
    PartitionCount: PARTITIONS[id] ?? partitions,
    ReplicationFactor,
    Configs: {
      'Fn::If': ['OneReplica', encoded(wanted, 1), encoded(wanted, 2)],
    },
  },
});

/** Base64 of a JSON object. */
function encoded(wanted, replication) {
  const settings = newTopicSettings(wanted, replication).map(({ name, value }) => [name, value]);
  return Buffer.from(JSON.stringify(Object.fromEntries(settings))).toString('base64');
}
