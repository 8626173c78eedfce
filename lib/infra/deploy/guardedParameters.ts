/** What a deployment must not change by mistake. osls sends no values: a stack takes the template's defaults, so
 * forgetting a value changes it. */

/** A stack's values by the names that `--param` takes. */
export type Values = Readonly<Record<string, string>>;

export interface Change {
  /** As `--param` takes it, or an environment variable. */
  name: string;
  was: string;
  is: string;
  /** What the change does, as a sentence. */
  effect: string;
}

interface Rule {
  refuses(was: string, is: string): boolean;
  effect: string;
}

const differs = (was: string, is: string) => was !== is;
const listed = (text: string) => text.split(',').map((one) => one.trim());

const other = (effect: string): Rule => ({ refuses: differs, effect });
const fewer = (effect: string): Rule => ({ refuses: (was, is) => Number(is) < Number(was), effect });
const from = (value: string, effect: string): Rule => ({
  refuses: (was, is) => was === value && is !== value,
  effect,
});
/** A subnet may be added or taken away; with none left it is another network. */
const noneOf = (effect: string): Rule => ({
  refuses: (was, is) => !listed(was).some((one) => listed(is).includes(one)),
  effect,
});

const OTHER_CLUSTER = 'The votes that are not counted yet are on the other Kafka cluster.';
const OTHER_DATABASE = 'Polls and votes are in the other database.';
const OTHER_NETWORK = 'The functions would leave the network of cluster and database.';

/** Parameters that a stack does not have are passed over: a release may add some. */
const RULES: Record<string, Rule> = {
  voterSecretArn: other('With another voter secret everybody could vote again.'),
  signingKeysArn: other('Receipts, owner tokens and creation keys of the other keys would be invalid.'),
  voterAuth: from('jwt', 'Anybody could vote in the name of others.'),
  jwtIssuer: { refuses: (was, is) => was !== '' && was !== is, effect: 'Its voters could vote again.' },
  createAuth: from('key', 'Everybody could create polls.'),
  kafkaTopicPrefix: other('Votes on the old topics would stay uncounted.'),
  KAFKA_GROUP_ID: other('The new groups would read the topics from their beginnings.'),
  votesPartitions: fewer('Kafka cannot remove partitions.'),
  standingsPartitions: fewer('Viewers of the removed shards would get no updates.'),
  existingTopics: other('The topics would be created a second time, or leave the stack.'),
  size: other('Cluster, topics and database would be replaced, or lose their copies.'),
  kafkaReplication: other('The topics would be replaced.'),
  kafkaClusterArn: other(OTHER_CLUSTER),
  postgresHost: other(OTHER_DATABASE),
  postgresResourceId: other(OTHER_DATABASE),
  postgresDatabase: other(OTHER_DATABASE),
  vpcId: other(OTHER_NETWORK),
  subnetIds: noneOf(OTHER_NETWORK),
  zones: fewer('Cluster or database may use the subnet that would go.'),
};

export const GUARDED = Object.keys(RULES);

/** @param was of the stack that is out there
 * @param is of the template to deploy */
export function refusedChanges(was: Values, is: Values): Change[] {
  return Object.entries(RULES).flatMap(([name, { refuses, effect }]) => {
    const [old, next] = [was[name], is[name]];
    if (old === undefined || next === undefined || !refuses(old, next)) return [];
    return [{ name, was: old, is: next, effect }];
  });
}

/** Returns the name that `--param` takes for a parameter of the stack. */
export const asTyped = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

const quoted = (value: string) => (value === '' ? '(empty)' : value);

/** @param stageFile that would hold the values */
export function describeChanges(stack: string, changes: Change[], stageFile: string): string {
  const lines = changes.map(
    ({ name, was, is, effect }) => `  ${name}: ${quoted(was)} is deployed, this is ${quoted(is)}. ${effect}`,
  );
  return [
    `Not deployed: ${stack} has other values.`,
    ...lines,
    `Put the values that are deployed into ${stageFile}, or accept the new ones with --param=acceptChanges=true.`,
  ].join('\n');
}
