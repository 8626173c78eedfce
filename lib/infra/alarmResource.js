/** An alarm as CloudFormation writes it. */

const query = (Id, [Namespace, MetricName, Dimensions], Stat, Period) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat, Period },
});

/** The value of a formula of metrics, which it names a, b, c, … */
export const onFormula = (Expression, metrics, Stat, Period) => ({
  Metrics: [
    { Id: 'result', Expression, ReturnData: true },
    ...metrics.map((metric, at) => query(String.fromCharCode(97 + at), metric, Stat, Period)),
  ],
});

export const onMetric = ([Namespace, MetricName, Dimensions], Statistic, Period) => ({
  Namespace,
  MetricName,
  Dimensions,
  Statistic,
  Period,
});

/** @param limit the highest value that is fine, in each of so many periods */
export const alarm = (
  name,
  why,
  what,
  { limit = 0, periods = 1, missing = 'notBreaching', ...rest } = {},
) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `\${self:service}-\${sls:stage}-${name}`,
    AlarmDescription: `${why} See lib/infra/RUNBOOK.md, section ${name}.`,
    ...what,
    Threshold: limit,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: periods,
    TreatMissingData: missing,
    AlarmActions: { 'Fn::If': ['AlarmsAreSent', [{ Ref: 'AlarmTopic' }], { Ref: 'AWS::NoValue' }] },
    OKActions: { 'Fn::If': ['AlarmsAreSent', [{ Ref: 'AlarmTopic' }], { Ref: 'AWS::NoValue' }] },
    ...rest,
  },
});
