import { HOURS_A_MONTH, PRICES } from './prices.ts';

/** What a size has of the things that cost by the hour; tests compare it with the template. */
export interface Deployment {
  brokers: number;
  brokerType: keyof typeof PRICES.brokerHour;
  /** GiB a broker. */
  brokerStorage: number;
  /** Aurora capacity units of an idle database that is awake. */
  acus: number;
  hasNat: boolean;
  /** Event poller units. */
  epus: number;
  isScheduled: boolean;
}

const demo: Deployment = {
  brokers: 2,
  brokerType: 'kafka.t3.small',
  brokerStorage: 10,
  acus: 0.5, // the schedule keeps it awake
  hasNat: true,
  epus: 0,
  isScheduled: true,
};

export const DEPLOYMENTS = {
  production: {
    brokers: 3,
    brokerType: 'kafka.m7g.large',
    brokerStorage: 20,
    acus: 0.5,
    hasNat: true,
    epus: 1, // serves up to four pollers; the three mappings share them
    isScheduled: true,
  },
  demo,
  asleep: { ...demo, acus: 0, hasNat: false, isScheduled: false },
} satisfies Record<string, Deployment>;

/** `closeExpiredPolls` runs for the whole of every minute. */
const SCHEDULE_GB = 0.25;
const DATABASE_GB = 1; // two million votes
const SECRETS = 2;
/** CloudWatch bills each metric that an alarm reads. */
export const ALARM_METRICS = 32;
/** The schedule writes these all the time, the others only while people vote or watch. */
const METRICS_AT_REST = 2;
const DASHBOARDS = 1;

/** Dollars a month at rest, by what they are for. */
export function monthlyCosts(one: Deployment): Record<string, number> {
  const storage = one.brokers * one.brokerStorage * PRICES.brokerStorageGbMonth;
  const hourly = {
    Kafka: one.brokers * PRICES.brokerHour[one.brokerType],
    Postgres: one.acus * PRICES.acuHour,
    NAT: one.hasNat ? PRICES.natHour + PRICES.publicAddressHour : 0,
    pollers: one.epus * PRICES.epuHour,
    schedule: one.isScheduled ? 3_600 * SCHEDULE_GB * PRICES.lambdaGbSecond : 0,
  };
  const monthly = Object.fromEntries(
    Object.entries(hourly).map(([name, hour]) => [name, hour * HOURS_A_MONTH]),
  ) as Record<keyof typeof hourly, number>;
  return {
    ...monthly,
    Kafka: monthly.Kafka + storage,
    'secrets, storage, metrics':
      SECRETS * PRICES.secretMonth +
      DATABASE_GB * PRICES.databaseStorageGbMonth +
      ALARM_METRICS * PRICES.alarmMonth +
      (one.isScheduled ? METRICS_AT_REST : 0) * PRICES.metricMonth +
      DASHBOARDS * PRICES.dashboardMonth,
  };
}

/** Of the web ACL in waf.yml: writes, reads and new polls of an address. */
export const WAF_RULES = 3;

/** Dollars a month at rest of `cloudfront`: CloudFront itself costs by its traffic. */
export const cloudfrontMonth = () => PRICES.webAclMonth + WAF_RULES * PRICES.webAclRuleMonth;

// Upper bounds: the functions were measured on a slower machine.
const CAST_S = 0.015;
const TALLY_S = 0.03;
const BROADCAST_S = 0.05;
const FUNCTION_GB = 0.5;
/** While votes come in, a shard's invocation lasts until its tick is over. */
const TICK_S = 0.4;
const PARTITIONS = 12;
const SHARDS = 4;
const ACCESS_LOG_BYTES = 300;
const METRICS_LINE_BYTES = 300;
const MILLION = 1_000_000;

/** A commit writes one at least. */
const LOG_PAGE_BYTES = 4_096;
const VOTE_LOG_BYTES = 200; // measured with batches of 30 and more
/** Voters' keys are random: in a table larger than the memory, a vote's place has to be read. */
const READS_A_VOTE = 1;
/** At most: the leaderboard is saved and marked as posted, and two kinds of viewers are made due. */
const COMMITS_A_ROUND = 4;
/** With its headers and answer. On-demand pollers call Lambda through the NAT gateway. */
const CALL_BYTES = 4_000;
const RECORD_BYTES = 600;
/** With its headers and answer, if it goes over IPv4. */
const POST_BYTES = 3_000;

const natData = (bytes: number) => (bytes / 2 ** 30) * PRICES.natGb;

const invocation = (seconds: number) =>
  PRICES.lambdaMillion / MILLION + seconds * FUNCTION_GB * PRICES.lambdaGbSecond;

/** Dollars of a million votes over HTTP that come at this rate, by what they are for.
 * @param rate votes a second */
export function costsOfMillion(rate: number): Record<string, number> {
  // A partition has one invocation at a time, which takes what has gathered since the last one.
  const tallies = PARTITIONS * Math.min(rate / PARTITIONS, 1 / TALLY_S);
  const broadcasts = SHARDS * Math.min(rate, 1 / TICK_S);
  // An instance of a function writes a line a second at most.
  const instances = Math.max(1, rate * CAST_S);
  const metricsLines =
    Math.min(rate, instances) + Math.min(tallies, PARTITIONS) + Math.min(broadcasts, SHARDS);
  const batches = (MILLION / rate) * tallies;
  const rounds = (MILLION / rate) * broadcasts;
  const databaseIo =
    MILLION * (READS_A_VOTE + VOTE_LOG_BYTES / LOG_PAGE_BYTES) + batches + rounds * COMMITS_A_ROUND;
  const broadcastS = rate > 1 / TICK_S ? TICK_S : BROADCAST_S;
  return {
    'HTTP API': PRICES.httpApiMillion,
    castVote: MILLION * invocation(CAST_S),
    tallyVotes: batches * invocation(TALLY_S),
    broadcastStandings: rounds * invocation(broadcastS),
    'database I/O': (databaseIo / MILLION) * PRICES.databaseIoMillion,
    'NAT data': natData(MILLION * RECORD_BYTES + (batches + rounds) * CALL_BYTES),
    'access log': ((MILLION * ACCESS_LOG_BYTES) / 2 ** 30) * PRICES.logsGb,
    metrics: (((MILLION / rate) * metricsLines * METRICS_LINE_BYTES) / 2 ** 30) * PRICES.logsGb,
  };
}

/** Dollars of viewers who get updates over WebSocket. */
export function costsOfWatching(viewers: number, messagesASecond: number, minutes: number): number {
  const messages = viewers * messagesASecond * minutes * 60;
  const connectionMinutes = viewers * minutes;
  const traffic =
    messages * PRICES.websocketMessageMillion + connectionMinutes * PRICES.websocketMinuteMillion;
  return traffic / MILLION + natData(messages * POST_BYTES);
}

export const sumOf = (costs: Record<string, number>) =>
  Object.values(costs).reduce((sum, cost) => sum + cost, 0);
