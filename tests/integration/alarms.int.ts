import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALARM_METRICS } from '../../lib/infra/costs/costs.ts';
import { METRICS, NAMESPACE } from '../../lib/metrics.ts';
import { deployments } from '../support/lambda/deployments.ts';
import type { Values } from '../support/lambda/evaluateTemplate.ts';
import { type PackagedStack, packageStack, type Resource } from '../support/lambda/packagedStack.ts';

/** `[name, value]` of each dimension; a value is a text or a function of CloudFormation. */
type Dimensions = [string, unknown][];

interface Source {
  namespace: string;
  name: string;
  dimensions: Dimensions;
}

/** The metrics that AWS documents, and the dimensions that each has. */
const DOCUMENTED: Record<string, Record<string, string>> = {
  'AWS/Lambda': { Errors: 'FunctionName', Invocations: 'FunctionName', Throttles: 'FunctionName' },
  'AWS/ApiGateway': { '4xx': 'ApiId', '5xx': 'ApiId', Count: 'ApiId', ConnectCount: 'ApiId' },
  'AWS/Kafka': {
    EstimatedMaxTimeLag: 'Cluster Name,Consumer Group,Topic',
    ClientConnectionCount: 'Cluster Name,Broker ID,Client Authentication',
    KafkaDataLogsDiskUsed: 'Cluster Name,Broker ID',
  },
  'AWS/RDS': { ACUUtilization: 'DBClusterIdentifier' },
};

let stack: PackagedStack;
beforeAll(() => {
  stack = packageStack();
});
afterAll(() => stack?.remove());

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: unknown }[];
}

interface AlarmProperties extends Partial<Metric> {
  AlarmName: string;
  Metrics?: {
    Id: string;
    Expression?: string;
    MetricStat?: { Metric: Metric; Stat: string; Period: number };
  }[];
  TreatMissingData: string;
}

const toSource = ({ Namespace, MetricName, Dimensions }: Metric): Source => ({
  namespace: Namespace,
  name: MetricName,
  dimensions: Dimensions.map(({ Name, Value }) => [Name, Value]),
});

const alarms = () =>
  stack
    .ofType('AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]) => [id, Properties as unknown as AlarmProperties] as const);

function sourcesOf({ Metrics, ...alone }: AlarmProperties): Source[] {
  if (!Metrics) return [toSource(alone as Metric)];
  return Metrics.flatMap(({ MetricStat }) => (MetricStat ? [toSource(MetricStat.Metric)] : []));
}

/** In the dashboard's text a value that refers to something is `${name}`. */
function dashboard(): { body: Body; values: Record<string, unknown> } {
  const { DashboardBody } = (stack.resources['Dashboard'] as Resource).Properties;
  const [text, values] = (DashboardBody as { 'Fn::Sub': [string, Record<string, unknown>] })['Fn::Sub'];
  return { body: JSON.parse(text), values };
}

interface Body {
  widgets: {
    type: string;
    x: number;
    y: number;
    width: number;
    height: number;
    properties: { metrics: string[][]; alarms?: string[] };
  }[];
}

function widgetSources(): Source[] {
  const { body, values } = dashboard();
  const graphs = body.widgets.filter(({ type }) => type === 'metric');
  return graphs.flatMap(({ properties }) =>
    properties.metrics.map(([namespace = '', name = '', ...rest]) => {
      const pairs = rest.flatMap((text, at): Dimensions => {
        const value = rest[at + 1] ?? '';
        const reference = /^\$\{(\w+)\}$/.exec(value)?.[1];
        const known = reference === undefined ? value : (values[reference] ?? { Ref: reference });
        return at % 2 === 0 ? [[text, known]] : [];
      });
      return { namespace, name, dimensions: pairs };
    }),
  );
}

/** Each source is emitted by the code or documented by AWS, for something that the template has. */
function expectReal({ namespace, name, dimensions }: Source): void {
  const names = dimensions.map(([one]) => one).join();
  if (namespace === NAMESPACE) {
    expect([name, name in METRICS]).toEqual([name, true]);
    expect(dimensions).toEqual(stageDimensions());
    return;
  }
  expect([name, DOCUMENTED[namespace]?.[name]]).toEqual([name, names]);
  for (const [dimension, value] of dimensions) {
    const { Ref: id } = value as { Ref?: string };
    if (dimension === 'FunctionName') expect(stack.resources[`${id}`]?.Type).toBe('AWS::Lambda::Function');
    if (dimension === 'ApiId') expect(stack.resources[`${id}`]?.Type).toBe('AWS::ApiGatewayV2::Api');
    if (dimension === 'Topic') expect(topicsAndGroups().topics).toContain(value);
    if (dimension === 'Consumer Group') expect(topicsAndGroups().groups).toContain(value);
  }
}

/** The variables by which every function names the dimensions of its metrics. */
function stageDimensions(): Dimensions {
  const told = stack.ofType('AWS::Lambda::Function').map(([, { Properties }]) => {
    const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
    return JSON.stringify([
      ['service', Variables['METRICS_SERVICE']],
      ['stage', Variables['METRICS_STAGE']],
    ]);
  });
  expect(new Set(told).size).toBe(1);
  return JSON.parse(told[0] ?? '');
}

function mappingsOf(values: Values): Record<string, unknown>[] {
  const resources = Object.values(stack.deployedWith(values));
  const mappings = resources.filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
  return mappings.map(({ Properties }) => Properties);
}

function topicsAndGroups() {
  // Where the stack makes the topics, a mapping refers to them instead of naming them.
  const mappings = mappingsOf({ ExistingTopics: 'true' });
  return {
    topics: mappings.flatMap(({ Topics }) => Topics as string[]),
    groups: mappings.map(
      ({ AmazonManagedKafkaEventSourceConfig: config }) =>
        (config as { ConsumerGroupId: string }).ConsumerGroupId,
    ),
  };
}

describe('alarms', () => {
  test('watch metrics that exist, of what the template has', () => {
    expect(alarms()).toHaveLength(11);
    for (const [, properties] of alarms()) sourcesOf(properties).forEach(expectReal);
  });

  test('cost what the model says', () => {
    const read = alarms().flatMap(([, properties]) => sourcesOf(properties));
    expect(read).toHaveLength(ALARM_METRICS);
  });

  test('include one for votes that are accepted while no vote has an outcome, also if none ever had', () => {
    const [, alarm] = alarms().find(([id]) => id === 'NotCountedAlarm') ?? [];
    const [result, accepted, ...outcomes] = alarm?.Metrics ?? [];
    // MSK has no lag then. SUM passes over metrics that nothing was written to.
    expect(result).toMatchObject({ Expression: 'IF(SUM(METRICS()) > a, 0, a)', ReturnData: true });
    expect(accepted).toMatchObject({ Id: 'a', MetricStat: { Metric: { MetricName: 'VotesAccepted' } } });
    const isOutcome = (name: string) => /^(VotesCounted|Rejected.+|DeadLetters)$/.test(name);
    expect(outcomes.map(({ MetricStat }) => MetricStat?.Metric.MetricName).sort()).toEqual(
      Object.keys(METRICS).filter(isOutcome).sort(),
    );
    for (const query of [accepted, ...outcomes]) {
      expect(query?.MetricStat).toMatchObject({ Period: 300, Stat: 'Sum' });
    }
    expect(alarm).toMatchObject({
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
    });
  });

  test('take a missing value for a fault only where something has to happen each minute, and not while asleep', () => {
    const strict = alarms().filter(([, { TreatMissingData }]) => TreatMissingData !== 'notBreaching');
    expect(strict.map(([id]) => id)).toEqual(['ScheduleAlarm']);
    const onSilence = (values: Values) =>
      stack.deployedWith(values)['ScheduleAlarm']?.Properties['TreatMissingData'];
    expect([onSilence({}), onSilence({ Asleep: 'true' })]).toEqual(['breaching', 'notBreaching']);
  });

  test('are sent to the address that alarmsTo names, if it names one', () => {
    const send = { 'Fn::If': ['AlarmsAreSent', [{ Ref: 'AlarmTopic' }], { Ref: 'AWS::NoValue' }] };
    for (const [, properties] of alarms()) {
      expect(properties).toMatchObject({ AlarmActions: send, OKActions: send });
    }
    expect(stack.resources['AlarmTopic']).toMatchObject({
      Condition: 'AlarmsAreSent',
      Properties: { Subscription: [{ Protocol: 'email', Endpoint: { Ref: 'AlarmsTo' } }] },
    });
    expect(stack.parameters['AlarmsTo']?.Default).toBe('');
  });
});

describe('the dashboard', () => {
  test('has a name of its own in each region, since an account has all names once', () => {
    const { DashboardName } = (stack.resources['Dashboard'] as Resource).Properties;
    expect(DashboardName).toEqual({ 'Fn::Sub': `poleparty-dev-\${AWS::Region}` });
  });

  test('shows the state of each alarm', () => {
    const shown = dashboard().body.widgets.flatMap(({ properties }) => properties.alarms ?? []);
    const prefix = `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:`;
    expect(shown).toEqual(alarms().map(([, { AlarmName }]) => prefix + AlarmName));
  });

  test('shows metrics that exist, of what the template has', () => {
    const sources = widgetSources();
    expect(sources.length).toBeGreaterThan(20);
    sources.forEach(expectReal);
  });

  test('shows every metric that the code emits', () => {
    const shown = widgetSources().filter(({ namespace }) => namespace === NAMESPACE);
    expect(new Set(shown.map(({ name }) => name))).toEqual(new Set(Object.keys(METRICS)));
  });

  test('has widgets that fit the grid of 24 columns and do not overlap', () => {
    const { widgets } = dashboard().body;
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, at) => `${x + (at % width)} ${y + Math.floor(at / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

test('event source mappings report events, errors and lag and log faults, in the only mode in which they can', () => {
  const observed = {
    MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
    LoggingConfig: { SystemLogLevel: 'WARN' },
  };
  const mappings = mappingsOf({ Pollers: 'provisioned' });
  expect(mappings).toHaveLength(3);
  for (const mapping of mappings) expect(mapping).toMatchObject(observed);
  for (const mapping of mappingsOf({ Pollers: 'on-demand' })) {
    expect(mapping).not.toHaveProperty('MetricsConfig');
    expect(mapping).not.toHaveProperty('LoggingConfig');
  }
});

describe('metrics of cluster and database are those of', () => {
  const named = (values: Values, dimension: string) => {
    const resources = Object.values(stack.deployedWith(values));
    const sources = resources
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
      .flatMap(({ Properties }) => sourcesOf(Properties as unknown as AlarmProperties));
    const found = sources.flatMap(({ dimensions }) => dimensions.filter(([name]) => name === dimension));
    return [...new Set(found.map(([, value]) => JSON.stringify(value)))];
  };
  const inArn = (arn: unknown) => JSON.stringify({ 'Fn::Select': [1, { 'Fn::Split': ['/', arn] }] });

  test('the stack, where it makes them', () => {
    expect(named({}, 'Cluster Name')).toEqual([inArn({ Ref: 'KafkaCluster' })]);
    expect(named({}, 'DBClusterIdentifier')).toEqual([JSON.stringify({ Ref: 'Database' })]);
  });

  test('the parameters, where they exist', () => {
    const existing = deployments['all existing'] ?? {};
    expect(named(existing, 'Cluster Name')).toEqual([inArn(existing['KafkaClusterArn'])]);
    const identifier = { 'Fn::Select': [0, { 'Fn::Split': ['.', existing['PostgresHost']] }] };
    expect(named(existing, 'DBClusterIdentifier')).toEqual([JSON.stringify(identifier)]);
  });
});
