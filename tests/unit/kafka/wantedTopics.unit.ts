import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kafkaConfig } from '../../../lib/config.ts';
import {
  newTopicSettings,
  topics,
  topicsOf,
  type WantedTopic,
  wantedTopics,
  wrongSettings,
} from '../../../lib/kafka/topics.ts';

const BROKERS = { KAFKA_BROKERS: 'localhost:9092' };
const WEEK_MS = 604_800_000;

function wanted(topic: string, env: Record<string, string> = {}): WantedTopic {
  const found = wantedTopics(kafkaConfig({ ...BROKERS, ...env })).find((one) => one.topic === topic);
  if (!found) throw new Error(`No topic ${topic} is wanted.`);
  return found;
}

const asWanted = ({ settings }: WantedTopic) => settings.map(({ name, value }) => [name, value] as const);

function wrongWith(
  changes: Record<string, string>,
  topic = 'votes',
  env: Record<string, string> = {},
): string[] {
  const one = wanted(topic, env);
  const found = new Map([...asWanted(one), ...Object.entries(changes)]);
  return wrongSettings(one, found).map(({ name }) => name);
}

describe('KAFKA_TOPIC_PREFIX', () => {
  test('is empty by default, and topics have their plain names', () => {
    expect(kafkaConfig(BROKERS).topicPrefix).toBe('');
    expect(topicsOf('')).toEqual(topics);
  });

  test('is the prefix of every topic', () => {
    const names = wantedTopics(kafkaConfig({ ...BROKERS, KAFKA_TOPIC_PREFIX: 'blue-' })).map(
      ({ topic }) => topic,
    );
    expect(names).toEqual(['blue-votes', 'blue-standings', 'blue-webhooks', 'blue-votes.dlq']);
  });

  test.each(['white space', 'slash/', 'ü', 'x'.repeat(101)])('%j is rejected', (KAFKA_TOPIC_PREFIX) => {
    expect(() => kafkaConfig({ ...BROKERS, KAFKA_TOPIC_PREFIX })).toThrow('KAFKA_TOPIC_PREFIX must be');
  });
});

describe('the settings of an existing topic', () => {
  test('are accepted as they were created, for every topic', () => {
    for (const one of wantedTopics(kafkaConfig(BROKERS))) {
      expect(wrongSettings(one, new Map(asWanted(one)))).toEqual([]);
    }
  });

  test.each(['votes', 'standings', 'webhooks', 'votes.dlq'])('of %s require append time', (topic) => {
    expect(wrongWith({ 'message.timestamp.type': 'CreateTime' }, topic)).toEqual(['message.timestamp.type']);
  });

  test('require that votes are kept for VOTES_RETENTION_DAYS, a week by default, or longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 * WEEK_MS }), (ms) => {
        expect(wrongWith({ 'retention.ms': `${ms}` })).toEqual(ms < WEEK_MS ? ['retention.ms'] : []);
      }),
    );
    expect(wrongWith({ 'retention.ms': `${WEEK_MS}` }, 'votes', { VOTES_RETENTION_DAYS: '8' })).toEqual([
      'retention.ms',
    ]);
    expect(wrongWith({ 'retention.ms': '-1' })).toEqual([]);
  });

  test('require that all votes of that time are kept, with no size limit and no compaction', () => {
    expect(wrongWith({ 'retention.bytes': '1000000000' })).toEqual(['retention.bytes']);
    expect(wrongWith({ 'cleanup.policy': 'compact,delete' })).toEqual(['cleanup.policy']);
  });

  test('require that dead letters are kept for ever, and can have any size', () => {
    expect(wrongWith({ 'retention.ms': `${WEEK_MS}` }, 'votes.dlq')).toEqual(['retention.ms']);
    expect(wrongWith({ 'max.message.bytes': '1048588' }, 'votes.dlq')).toEqual(['max.message.bytes']);
  });
});

describe('a new topic', () => {
  const settingsOf = (replication: number) =>
    Object.fromEntries(
      newTopicSettings(wanted('votes'), replication).map(({ name, value }) => [name, value]),
    );

  test.each([
    [1, '1'],
    [2, '2'],
    [3, '2'],
  ])('with %i replicas acknowledges what %s brokers have', (replication, leastInSync) => {
    expect(settingsOf(replication)).toMatchObject({ 'min.insync.replicas': leastInSync });
  });

  test('prefers to be unavailable to losing acknowledged votes', () => {
    expect(settingsOf(3)).toMatchObject({ 'unclean.leader.election.enable': 'false' });
  });
});
