import { clusterArn } from './clusterArn.js';
import { isEmulated } from './parameters/emulated.js';

/** The emulator has the semantics of provisioned mode. */
const provisioned = (value) =>
  isEmulated() ? value : { 'Fn::If': ['ProvisionedPollers', value, { Ref: 'AWS::NoValue' }] };

/** How a mapping polls and retries. On-demand mode takes none of these: batches are then retried whole, without limit. */
const polling = (MaximumRetryAttempts, MaximumRecordAgeInSeconds, partialBatches) => ({
  MaximumBatchingWindowInSeconds: 0,
  ...(partialBatches ? { FunctionResponseTypes: provisioned(['ReportBatchItemFailures']) } : {}),
  MaximumRetryAttempts: provisioned(MaximumRetryAttempts),
  MaximumRecordAgeInSeconds: provisioned(MaximumRecordAgeInSeconds),
  ProvisionedPollerConfig: provisioned({
    MinimumPollers: { Ref: 'MinimumPollers' },
    MaximumPollers: { Ref: 'MaximumPollers' },
    PollerGroupName: { Ref: 'AWS::StackName' }, // all mappings share the pollers, and their cost
  }),
});

/** Polling and its faults are in CloudWatch and in the function's log: the functions themselves see neither. Lambda offers
 * it in provisioned mode. */
const observed = {
  MetricsConfig: provisioned({ Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] }),
  LoggingConfig: provisioned({ SystemLogLevel: 'WARN' }),
};

/** Properties that osls's `msk` event does not support. */
const properties = {
  TallyVotes: {
    topic: 'votes',
    resource: 'VotesTopic',
    // No on-failure destination, and infinite retries: with a destination Lambda gives up after ten, so a database
    // outage of a minute would divert accepted votes. The function itself dead-letters unreadable records.
    ...polling(-1, -1, true),
  },
  BroadcastStandings: {
    topic: 'standings',
    resource: 'StandingsTopic',
    // Each invocation reads the current standings, so old or repeatedly failing records can be dropped.
    ...polling(3, 60, true),
  },
  DeliverWebhooks: {
    topic: 'webhooks',
    resource: 'WebhooksTopic',
    // The schedule sends an attempt again if no outcome is recorded within five minutes.
    ...polling(3, 300, false),
  },
};

/** The name of a topic, from its ARN if the stack makes it: so its mapping waits for it. */
const named = (resource, topic) => ({
  'Fn::If': ['MakeTopics', { 'Fn::Select': [3, { 'Fn::Split': ['/', { Ref: resource }] }] }, topic],
});

const onAws = (resource, topic) => ({
  EventSourceArn: clusterArn,
  Topics: [named(resource, topic)],
});

/**
 * Returns the properties by the logical ids that osls generates for the mappings. The ids have to contain the full topic
 * name: Lambda cannot change a mapping's topic or group, so a new name has to create a new mapping.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 */
export async function extensions({ resolveVariable }) {
  const prefix = await resolveVariable('self:custom.topicPrefix');
  const entries = Object.entries(properties).map(([name, { topic, resource, ...others }]) => {
    const letters = (prefix + topic).replace(/[^0-9A-Za-z]/g, '');
    const id = letters.charAt(0).toUpperCase() + letters.slice(1);
    const Properties = { ...observed, ...others, ...(isEmulated() ? {} : onAws(resource, prefix + topic)) };
    return [`${name}EventSourceMappingMSKKafkaClusterArn${id.slice(0, 79)}`, { Properties }];
  });
  return Object.fromEntries(entries);
}
