/** A dashboard that shows the alarms and answers three questions: is every vote counted, how late, and who watches. */
import { Resources as ofAlarms } from './alarms.js';
import {
  clusterName,
  emf,
  group,
  ofApi,
  ofBrokers,
  ofDatabase,
  ofFunction,
  ofWebSockets,
  REJECTIONS,
} from './metricSources.js';

const [WIDTH, HEIGHT] = [8, 6];
const ALARMS_HEIGHT = 3;
const ALARM_PREFIX = `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:`;

const lagOf = (topic) => ['AWS/Kafka', 'EstimatedMaxTimeLag', [clusterName, ...group(topic)]];
const all = (of, ...names) => names.map((name) => of(name));

/** A row is a question; its widgets stand side by side. */
const ROWS = [
  {
    question: 'Is every vote counted? Over a quiet hour, accepted = counted + rejected + dead letters.',
    widgets: [
      { title: 'Accepted and counted', stat: 'Sum', metrics: all(emf, 'VotesAccepted', 'VotesCounted') },
      { title: 'Rejected by reason', stat: 'Sum', metrics: all(emf, ...REJECTIONS) },
      {
        title: 'Must stay 0',
        stat: 'Sum',
        metrics: all(emf, 'DeadLetters', 'Drift', 'WebhooksGivenUp', 'MigrationsFailed'),
      },
    ],
  },
  {
    question: 'How late?',
    widgets: [
      { title: 'From accepted to counted, p50', stat: 'p50', metrics: [emf('TallyLag')] },
      { title: 'From accepted to counted, longest', stat: 'Maximum', metrics: [emf('TallyLag')] },
      {
        title: 'Waiting on Kafka, seconds',
        stat: 'Maximum',
        metrics: ['votes', 'standings', 'webhooks'].map(lagOf),
      },
    ],
  },
  {
    question: 'Who watches?',
    widgets: [
      { title: 'Open connections', stat: 'Maximum', metrics: [emf('Connections')] },
      { title: 'New connections', stat: 'Sum', metrics: [ofWebSockets('ConnectCount')] },
      { title: 'Posts', stat: 'Sum', metrics: all(emf, 'Posts', 'PostsGone', 'PostsThrottled') },
      { title: 'A round, longest', stat: 'Maximum', metrics: [emf('TickLength')] },
    ],
  },
  {
    question: 'Is the infrastructure healthy?',
    widgets: [
      { title: 'HTTP', stat: 'Sum', metrics: all(ofApi, 'Count', '4xx', '5xx') },
      {
        title: 'Errors of the functions that count and show',
        stat: 'Sum',
        metrics: ['castVote', 'tallyVotes', 'broadcastStandings', 'closeExpiredPolls'].map((name) =>
          ofFunction(name, 'Errors'),
        ),
      },
      { title: 'Brokers: disk, %', stat: 'Maximum', metrics: ofBrokers('KafkaDataLogsDiskUsed') },
      { title: 'Database: capacity, %', stat: 'Average', metrics: [ofDatabase('ACUUtilization')] },
    ],
  },
];

/** CloudWatch's short form: [namespace, name, dimension, value, …]. Values are put in by Fn::Sub. */
const shortForm = ([namespace, name, dimensions]) => [
  namespace,
  name,
  ...dimensions.flatMap(({ Name, Value }) => [Name, substituted(Value)]),
];

function substituted(value) {
  if (typeof value === 'string') return value;
  if (value.Ref) return `\${${value.Ref}}`;
  // Fn::Sub takes no functions in its text, only names of values beside it.
  return value === clusterName.Value ? `\${clusterName}` : `\${databaseId}`;
}

const text = (markdown, y) => ({ type: 'text', x: 0, y, width: 24, height: 1, properties: { markdown } });

const alarms = {
  ...{ type: 'alarm', x: 0, y: 0, width: 24, height: ALARMS_HEIGHT },
  properties: {
    title: 'Alarms',
    alarms: Object.values(ofAlarms)
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
      .map(({ Properties: { AlarmName } }) => `${ALARM_PREFIX}${AlarmName}`),
  },
};

const rows = ROWS.flatMap(({ question, widgets }, row) => {
  const y = ALARMS_HEIGHT + row * (HEIGHT + 1);
  const width = widgets.length > 3 ? 6 : WIDTH;
  const graphs = widgets.map(({ title, stat, metrics }, column) => ({
    ...{ type: 'metric', x: column * width, y: y + 1, width, height: HEIGHT },
    properties: { title, stat, period: 60, region: `\${AWS::Region}`, metrics: metrics.map(shortForm) },
  }));
  return [text(`## ${question}`, y), ...graphs];
});

const [, , [{ Value: databaseId }]] = ofDatabase('');

export const Resources = {
  Dashboard: {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      // An account has dashboards and their names once, not in each region.
      DashboardName: { 'Fn::Sub': `\${self:service}-\${sls:stage}-\${AWS::Region}` },
      DashboardBody: {
        'Fn::Sub': [
          JSON.stringify({ widgets: [alarms, ...rows] }),
          { clusterName: clusterName.Value, databaseId },
        ],
      },
    },
  },
};
