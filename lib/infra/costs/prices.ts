/** Prices of AWS in us-east-1, in US dollars. Other regions cost up to a third more. */
export const PRICES = {
  brokerHour: { 'kafka.m7g.large': 0.204, 'kafka.t3.small': 0.0456 },
  brokerStorageGbMonth: 0.1,
  acuHour: 0.12,
  databaseStorageGbMonth: 0.1,
  /** Aurora's reads from storage, and writes of 4 KB of log. */
  databaseIoMillion: 0.2,
  natHour: 0.045,
  natGb: 0.045,
  publicAddressHour: 0.005,
  /** An event poller unit of provisioned event source mappings. */
  epuHour: 0.185,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  lambdaMillion: 0.2,
  httpApiMillion: 1,
  websocketMessageMillion: 1,
  websocketMinuteMillion: 0.25,
  logsGb: 0.5,
  secretMonth: 0.4,
  /** An alarm, for each metric that it reads. */
  alarmMonth: 0.1,
  /** A metric, by the hours in which it is written. */
  metricMonth: 0.3,
  dashboardMonth: 3,
  webAclMonth: 5,
  webAclRuleMonth: 1,
  wafMillion: 0.6,
} as const;

export const HOURS_A_MONTH = 730;
