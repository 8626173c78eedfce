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
