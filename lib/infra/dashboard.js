/** A dashboard that answers three questions: is every vote counted, how late, and who watches. */
import {
  clusterName,
  emf,
  group,
  ofApi,
  ofBrokers,
  ofDatabase,
  ofFunction,
  ofWebSockets,
} from './metricSources.js';

const REASONS = ['AlreadyVoted', 'PollClosed', 'PollNotOpen', 'PollChanged', 'PollDeleted', 'Unknown'];
const [WIDTH, HEIGHT] = [8, 6];

const lagOf = (topic) => ['AWS/Kafka', 'EstimatedMaxTimeLag', [clusterName, ...group(topic)]];
const all = (of, ...names) => names.map((name) => of(name));

/** A row is a question; its widgets stand side by side. */
const ROWS = [
  {
    question: 'Is every vote counted? Over a quiet hour, accepted = counted + rejected + dead letters.',
    widgets: [
      { title: 'Accepted and counted', stat: 'Sum', metrics: all(emf, 'VotesAccepted', 'VotesCounted') },
      {
        title: 'Rejected by reason',
        stat: 'Sum',
        metrics: REASONS.map((reason) => emf(`Rejected${reason}`)),
      },
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

const widgets = ROWS.flatMap(({ question, widgets }, row) => {
  const y = row * (HEIGHT + 1);
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
      DashboardName: `\${self:service}-\${sls:stage}`,
      DashboardBody: {
        'Fn::Sub': [JSON.stringify({ widgets }), { clusterName: clusterName.Value, databaseId }],
      },
    },
  },
};
