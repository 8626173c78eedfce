import type { KafkaConfig } from '../config.ts';
import { WEBHOOKS_PARTITIONS } from './webhookRecord.ts';

/** The topics of the system, by the names that producers take. */
export const topics = {
  /** Ballots, keyed by voter: a hot poll spreads over all partitions. */
  votes: 'votes',
  /** "These polls changed", one partition per fan-out shard. */
  standings: 'standings',
  /** Webhook attempts, one per record. */
  webhooks: 'webhooks',
  /** Records of `votes` that could not be counted, with the reason. */
  deadLetters: 'votes.dlq',
} as const;

/** The topics' names on the cluster. Each system has its own prefix: two systems on the same topics would
 * consume each other's votes. */
export function topicsOf(prefix: string): Record<keyof typeof topics, string> {
  return {
    votes: prefix + topics.votes,
    standings: prefix + topics.standings,
    webhooks: prefix + topics.webhooks,
    deadLetters: prefix + topics.deadLetters,
  };
}

/** With three replicas, one broker may fail and acknowledged records are still on two. */
const MIN_IN_SYNC = 2;

/** MSK's own default elects a broker that lacks acknowledged records rather than none, which loses votes. */
const NO_LOSS = { name: 'unclean.leader.election.enable', value: 'false' };
const DAY_MS = 86_400_000;

export interface WantedTopic {
  topic: string;
  partitions: number;
  /** Required: a topic with other settings loses or misjudges votes, and is rejected. */
  settings: Setting[];
}

export interface Setting {
  name: string;
  value: string;
  /** Whether the value is a minimum; -1 is unlimited. */
  isLeast?: boolean;
  /** The environment variable that sets it. */
  variable?: string;
}

/** The broker's append time: no client can forge it. */
const APPEND_TIME = { name: 'message.timestamp.type', value: 'LogAppendTime' };

/** A replay of `votes` needs every ballot: compaction would keep only a voter's last one, but the first may
 * be the one that counts. */
const keptFor = (days: number): Setting[] => [
  { name: 'retention.ms', value: `${days * DAY_MS}`, isLeast: true, variable: 'VOTES_RETENTION_DAYS' },
  { name: 'retention.bytes', value: '-1' },
  { name: 'cleanup.policy', value: 'delete' },
];

/** A fix for unreadable votes may take longer than a broker's default retention. They may also arrive in one
 * batch: Lambda passes up to 6 MB, above a broker's default limit of 1 MB. */
const DEAD_LETTERS: Setting[] = [
  { name: 'retention.ms', value: '-1', isLeast: true },
  { name: 'max.message.bytes', value: `${8 * 2 ** 20}`, isLeast: true },
];

export type TopicsConfig = Pick<
  KafkaConfig,
  'topicPrefix' | 'votesPartitions' | 'votesRetentionDays' | 'standingsPartitions'
>;

export function wantedTopics(config: TopicsConfig): WantedTopic[] {
  const topics = topicsOf(config.topicPrefix);
  const want = (topic: string, partitions: number, own: Setting[] = []) => {
    return { topic, partitions, settings: [APPEND_TIME, ...own] };
  };
  return [
    want(topics.votes, config.votesPartitions, keptFor(config.votesRetentionDays)),
    want(topics.standings, config.standingsPartitions),
    want(topics.webhooks, WEBHOOKS_PARTITIONS),
    want(topics.deadLetters, 1, DEAD_LETTERS),
  ];
}

/** Returns all settings of a new topic. An existing one may have others than the required.
 * @param replication how many brokers have each record */
export function newTopicSettings({ settings }: WantedTopic, replication: number): Setting[] {
  const leastInSync = { name: 'min.insync.replicas', value: `${Math.min(MIN_IN_SYNC, replication)}` };
  return [...settings, leastInSync, NO_LOSS];
}

/** Returns the settings whose values on the topic are wrong.
 * @param found the brokers' values by name */
export function wrongSettings({ settings }: WantedTopic, found: Map<string, string>): Setting[] {
  return settings.filter((setting) => !suffices(setting, found.get(setting.name) ?? ''));
}

function suffices({ value, isLeast = false }: Setting, found: string): boolean {
  if (found === value || !isLeast) return found === value;
  return found === '-1' || (value !== '-1' && Number(found) >= Number(value));
}
