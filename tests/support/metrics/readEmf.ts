import { METRICS, type MetricName, NAMESPACE } from '../../../lib/metrics.ts';

/** The document of CloudWatch's embedded metric format, of which one line of a log is one. */
interface Document {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
  [member: string]: unknown;
}

export interface WrittenMetrics {
  /** The number of lines with metrics. */
  lines: number;
  /** All values of each metric. */
  values: Partial<Record<MetricName, number[]>>;
  /** The dimensions of each line, `name=value`. */
  dimensions: string[];
}

const isDocument = (line: string) => line.startsWith('{"_aws"');

/** Reads the metrics in a log as CloudWatch does.
 * @throws Error where CloudWatch would find no metric, or another one than lib/metrics.ts defines */
export function readEmf(output: string): WrittenMetrics {
  const documents: Document[] = output
    .split('\n')
    .filter(isDocument)
    .map((line) => JSON.parse(line));
  const values: WrittenMetrics['values'] = {};
  for (const document of documents) {
    const { _aws: head } = document;
    if (Math.abs(head.Timestamp - Date.now()) > 3_600_000) throw new Error(`Time ${head.Timestamp}`);
    for (const { Namespace, Metrics } of head.CloudWatchMetrics) {
      if (Namespace !== NAMESPACE) throw new Error(`Namespace ${Namespace}`);
      for (const { Name, Unit } of Metrics) {
        const name = Name as MetricName;
        const found = [document[name]].flat();
        if (METRICS[name] !== Unit) throw new Error(`${Name} in ${Unit}`);
        if (found.length > 100 || !found.every(Number.isFinite)) throw new Error(`${Name}: ${found}`);
        values[name] = [...(values[name] ?? []), ...(found as number[])];
      }
    }
  }
  return { lines: documents.length, values, dimensions: documents.map(dimensionsOf) };
}

function dimensionsOf(document: Document): string {
  const names = document._aws.CloudWatchMetrics.flatMap(({ Dimensions }) => Dimensions.flat());
  return names
    .sort()
    .map((name) => `${name}=${document[name]}`)
    .join();
}

/** The sum of each metric that was written. */
export function sumsOf({ values }: WrittenMetrics): Partial<Record<MetricName, number>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, all]) => [name, all.reduce((sum, one) => sum + one, 0)]),
  );
}
