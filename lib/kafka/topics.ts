/** What the system says to itself over Kafka. */
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
