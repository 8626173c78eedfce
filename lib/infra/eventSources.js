const pollers = {
  MinimumPollers: { Ref: 'MinimumPollers' },
  MaximumPollers: { Ref: 'MaximumPollers' },
  PollerGroupName: { Ref: 'AWS::StackName' }, // all mappings share the pollers, and their cost
};

/** Polling and its faults are in CloudWatch and in the function's log: the functions themselves see neither. */
const observed = {
  MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
  LoggingConfig: { SystemLogLevel: 'WARN' },
};

/**
 * Properties that osls's `msk` event does not support. All mappings use provisioned mode: in on-demand mode, Lambda
 * supports neither partial batch responses nor retry limits, and its polling latency is visible on a live leaderboard.
 */
const properties = {
  TallyVotes: {
    topic: 'votes',
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    // No on-failure destination, and infinite retries: with a destination Lambda gives up after ten, so a database
    // outage of a minute would divert accepted votes. The function itself dead-letters unreadable records.
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: -1,
    ProvisionedPollerConfig: pollers,
  },
  BroadcastStandings: {
    topic: 'standings',
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    // Each invocation reads the current standings, so old or repeatedly failing records can be dropped.
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: 60,
    ProvisionedPollerConfig: pollers,
  },
  DeliverWebhooks: {
    topic: 'webhooks',
    MaximumBatchingWindowInSeconds: 0,
    // The schedule sends an attempt again if no outcome is recorded within five minutes.
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: 300,
    ProvisionedPollerConfig: pollers,
  },
};

/**
 * Returns the properties by the logical ids that osls generates for the mappings. The ids have to contain the full topic
 * name: Lambda cannot change a mapping's topic or group, so a new name has to create a new mapping.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 */
export async function extensions({ resolveVariable }) {
  const prefix = await resolveVariable('self:custom.topicPrefix');
  const named = Object.entries(properties).map(([name, { topic, ...Properties }]) => {
    const letters = (prefix + topic).replace(/[^0-9A-Za-z]/g, '');
    const id = letters.charAt(0).toUpperCase() + letters.slice(1);
    return [
      `${name}EventSourceMappingMSKKafkaClusterArn${id.slice(0, 79)}`,
      { Properties: { ...observed, ...Properties } },
    ];
  });
  return Object.fromEntries(named);
}
