import type { KafkaConfig } from '../config.ts';
import { WEBHOOKS_PARTITIONS } from './webhookRecord.ts';

/** What the system says to itself over Kafka, by the names that producers are given. */
export const topics = {
  /** Ballots, keyed by voter, spread over many partitions so that one hot poll does not wait for itself. */
  votes: 'votes',
  /** "These polls changed", a partition for each fan-out shard. */
  standings: 'standings',
  /** Tries to send webhooks, one a record. */
  webhooks: 'webhooks',
  /** Records of `votes` that nobody can read, with the reason. */
  deadLetters: 'votes.dlq',
} as const;

/** Their names on the cluster. Two systems on the same topics would take votes from each other, so each puts a
 * prefix of its own before them. */
export function topicsOf(prefix: string): Record<keyof typeof topics, string> {
  return {
    votes: prefix + topics.votes,
    standings: prefix + topics.standings,
    webhooks: prefix + topics.webhooks,
    deadLetters: prefix + topics.deadLetters,
  };
}

/** With three replicas, one broker may die and what was acknowledged is still on two. */
const MIN_IN_SYNC = 2;
const DAY_MS = 86_400_000;

export interface WantedTopic {
  topic: string;
  partitions: number;
  /** Without these, votes are lost or misjudged: a topic that differs is not used. */
  settings: Setting[];
  /** Of a new topic alone. */
  leastInSync: number;
}

export interface Setting {
  name: string;
  value: string;
  /** Whether more will do: a number, of which -1 is without bound. */
  isLeast?: boolean;
  /** What decides it. */
  variable?: string;
}

/** Time is that of appending: it orders ballots, and no client can choose it. */
const APPEND_TIME = { name: 'message.timestamp.type', value: 'LogAppendTime' };

/** A replay of `votes` counts all over again, so it needs every ballot of its time: where only the last of each
 * voter is kept, the first, which may be the one that counts, is gone. */
const keptFor = (days: number): Setting[] => [
  { name: 'retention.ms', value: `${days * DAY_MS}`, isLeast: true, variable: 'VOTES_RETENTION_DAYS' },
  { name: 'retention.bytes', value: '-1' },
  { name: 'cleanup.policy', value: 'delete' },
];

/** Votes that nobody can read may wait longer for a fix than a broker keeps records, and may come all at once: Lambda
 * hands over up to 6 MB, of which brokers by themselves would take one. */
const DEAD_LETTERS: Setting[] = [
  { name: 'retention.ms', value: '-1', isLeast: true },
  { name: 'max.message.bytes', value: `${8 * 2 ** 20}`, isLeast: true },
];

export function wantedTopics(config: KafkaConfig): WantedTopic[] {
  const topics = topicsOf(config.topicPrefix);
  const leastInSync = Math.min(MIN_IN_SYNC, config.replication);
  const want = (topic: string, partitions: number, own: Setting[] = []) => {
    return { topic, partitions, settings: [APPEND_TIME, ...own], leastInSync };
  };
  return [
    want(topics.votes, config.votesPartitions, keptFor(config.votesRetentionDays)),
    want(topics.standings, config.standingsPartitions),
    want(topics.webhooks, WEBHOOKS_PARTITIONS),
    want(topics.deadLetters, 1, DEAD_LETTERS),
  ];
}

/** The settings that a topic has otherwise than it must.
 * @param found by their names, as the brokers tell them */
export function wrongSettings({ settings }: WantedTopic, found: Map<string, string>): Setting[] {
  return settings.filter((setting) => !suffices(setting, found.get(setting.name) ?? ''));
}

function suffices({ value, isLeast = false }: Setting, found: string): boolean {
  if (found === value || !isLeast) return found === value;
  return found === '-1' || (value !== '-1' && Number(found) >= Number(value));
}
