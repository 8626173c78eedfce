/** The alarms. Each has a section in RUNBOOK.md, to which its description leads. They are sent to the address in the
 * parameter alarmsTo; without it they only show in CloudWatch. */
import { alarm, onFormula, onMetric } from './alarmResource.js';
import {
  clusterName,
  emf,
  group,
  ofApi,
  ofBrokers,
  ofDatabase,
  ofFunction,
  REJECTIONS,
} from './metricSources.js';

/** A vote usually counts within a second. People who wait for theirs give up after a minute, and a broker's or database's
 * failover takes less. */
const MAX_LAG_SECONDS = 60;
/** The share of requests that may fail. Single failures during a failover stay below it: clients repeat them. */
const MAX_HTTP_FAULTS_PERCENT = 1;
/** With fewer requests in five minutes, a single failed request exceeds the limit. */
const MIN_REQUESTS = 100;
const FAULTS_PERCENT = `IF(b >= ${MIN_REQUESTS}, 100 * FILL(a, 0) / b, 0)`;
/** MSK allows 3,000 IAM connections per broker; the margin leaves time to act. */
const MAX_IAM_CONNECTIONS = 2_400;
/** The share of a broker's disk that may be in use; a full disk stops the broker. */
const MAX_DISK_PERCENT = 85;
/** The share of the database's maximum capacity above which queries wait. */
const MAX_ACU_PERCENT = 95;
/** The schedule calls once a minute; one call can be late. */
const MISSED_CALLS = 3;

/** What becomes of accepted votes. */
const OUTCOMES = ['VotesCounted', ...REJECTIONS, 'DeadLetters'];
/** The accepted votes of a period in which no vote had an outcome. A sum skips metrics that have no data, as those have that
 * were never written. */
const ACCEPTED_WITHOUT_OUTCOME = 'IF(SUM(METRICS()) > a, 0, a)';

const MINUTE = 60;

/** The functions whose throttling loses a vote or an update. */
const THROTTLED = [
  'castVote',
  'vote',
  'tallyVotes',
  'broadcastStandings',
  'connect',
  'subscribe',
  'createPoll',
];

export const Conditions = { AlarmsAreSent: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmsTo' }, ''] }] } };

export const Resources = {
  AlarmTopic: {
    Type: 'AWS::SNS::Topic',
    Condition: 'AlarmsAreSent',
    // Not encrypted: CloudWatch cannot publish with the key that AWS manages, and alarms hold no secrets.
    Properties: { Subscription: [{ Protocol: 'email', Endpoint: { Ref: 'AlarmsTo' } }] },
  },
  LagAlarm: alarm(
    'lag',
    'Accepted votes wait to be counted.',
    onMetric(['AWS/Kafka', 'EstimatedMaxTimeLag', [clusterName, ...group('votes')]], 'Maximum', MINUTE),
    { limit: MAX_LAG_SECONDS, periods: 2 },
  ),
  // The lag has no data before the group has counted its first vote, nor while the group loses its members all the time.
  NotCountedAlarm: alarm(
    'not-counted',
    'Votes are accepted, but none is counted or rejected.',
    onFormula(ACCEPTED_WITHOUT_OUTCOME, [emf('VotesAccepted'), ...OUTCOMES.map(emf)], 'Sum', 5 * MINUTE),
    { periods: 3 },
  ),
  DeadLettersAlarm: alarm(
    'dead-letters',
    'A vote was set aside, or a tally differs from its votes.',
    onFormula('FILL(a, 0) + FILL(b, 0)', [emf('DeadLetters'), emf('Drift')], 'Sum', 5 * MINUTE),
  ),
  HttpFaultsAlarm: alarm(
    'http-5xx',
    'More than 1 % of HTTP requests are answered 5xx.',
    onFormula(FAULTS_PERCENT, [ofApi('5xx'), ofApi('Count')], 'Sum', 5 * MINUTE),
    { limit: MAX_HTTP_FAULTS_PERCENT },
  ),
  ThrottlesAlarm: alarm(
    'throttles',
    'Lambda refuses invocations, because the account has no concurrency left.',
    onFormula(
      'SUM(METRICS())',
      THROTTLED.map((name) => ofFunction(name, 'Throttles')),
      'Sum',
      MINUTE,
    ),
    { periods: 2 },
  ),
  IamConnectionsAlarm: alarm(
    'iam-connections',
    'A broker has nearly as many connections as MSK allows.',
    onFormula(
      'MAX(METRICS())',
      ofBrokers('ClientConnectionCount', ['Client Authentication', 'IAM']),
      'Maximum',
      MINUTE,
    ),
    { limit: MAX_IAM_CONNECTIONS, periods: 2 },
  ),
  StorageAlarm: alarm(
    'storage',
    'The disk of a broker fills up.',
    onFormula('MAX(METRICS())', ofBrokers('KafkaDataLogsDiskUsed'), 'Maximum', 5 * MINUTE),
    { limit: MAX_DISK_PERCENT },
  ),
  DatabaseCapacityAlarm: alarm(
    'database-capacity',
    'The database works at its maximum capacity.',
    onMetric(ofDatabase('ACUUtilization'), 'Average', MINUTE),
    { limit: MAX_ACU_PERCENT, periods: 5 },
  ),
  ScheduleAlarm: alarm(
    'schedule',
    'closeExpiredPolls was not called for minutes: results do not become final.',
    onMetric(ofFunction('closeExpiredPolls', 'Invocations'), 'Sum', MINUTE),
    {
      limit: 1,
      ComparisonOperator: 'LessThanThreshold',
      periods: MISSED_CALLS,
      missing: { 'Fn::If': ['Asleep', 'notBreaching', 'breaching'] },
    },
  ),
  MigrationAlarm: alarm(
    'migration',
    'A migration failed.',
    // If `migrate` reports a failure to CloudFormation, Lambda counts no error; if Lambda ends `migrate`, it writes no
    // metric. So the alarm adds both.
    onFormula(
      'FILL(a, 0) + FILL(b, 0)',
      [emf('MigrationsFailed'), ofFunction('migrate', 'Errors')],
      'Sum',
      MINUTE,
    ),
  ),
  WebhooksAlarm: alarm(
    'webhooks',
    'A webhook was given up after its last retry.',
    onMetric(emf('WebhooksGivenUp'), 'Sum', 5 * MINUTE),
  ),
};
