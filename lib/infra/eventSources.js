const pollers = {
  MinimumPollers: { Ref: 'MinimumPollers' },
  MaximumPollers: { Ref: 'MaximumPollers' },
  PollerGroupName: { Ref: 'AWS::StackName' }, // all mappings share what they pay for
};

/**
 * What osls's `msk` event cannot say. All mappings are in provisioned mode: on demand, Lambda offers neither partial
 * batch responses nor limits to retries, and polls at a latency that a live board shows.
 */
const properties = {
  TallyVotes: {
    topic: 'votes',
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    // No on-failure destination and no end of retries: with a destination Lambda gives up after ten, and a
    // database that is away for a minute would divert accepted votes. What nobody can read, code sets aside.
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: -1,
    ProvisionedPollerConfig: pollers,
  },
  BroadcastStandings: {
    topic: 'standings',
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    // It reads the standings anew each time, so what is old or fails again is not worth waiting for.
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: 60,
    ProvisionedPollerConfig: pollers,
  },
  DeliverWebhooks: {
    topic: 'webhooks',
    MaximumBatchingWindowInSeconds: 0,
    // A try of which nothing is noted within five minutes is handed out again by the schedule.
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: 300,
    ProvisionedPollerConfig: pollers,
  },
};

/**
 * By the ids that osls gives the mappings. A topic's whole name is in them, and so it must be: Lambda can change neither
 * topic nor group of a mapping, and one of another name is a new mapping.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 */
export async function extensions({ resolveVariable }) {
  const prefix = await resolveVariable('self:custom.topicPrefix');
  const named = Object.entries(properties).map(([name, { topic, ...Properties }]) => {
    const letters = (prefix + topic).replace(/[^0-9A-Za-z]/g, '');
    const id = letters.charAt(0).toUpperCase() + letters.slice(1);
    return [`${name}EventSourceMappingMSKKafkaCluster${id.slice(0, 79)}`, { Properties }];
  });
  return Object.fromEntries(named);
}
