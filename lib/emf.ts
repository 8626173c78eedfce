import { Metrics } from '@aws-lambda-powertools/metrics';

export type Unit = 'Count' | 'Milliseconds';

/** A metric's unit and its values since the last line. */
export interface Measured {
  unit: Unit;
  values: number[];
}

/** Writes metrics to stdout as one line of CloudWatch's embedded metric format, which Lambda hands over. It is a bundle
 * of its own, 16 KB, that a laptop never loads. */
export type WriteEmf = (measured: Map<string, Measured>) => void;

/** Below CloudWatch's limit of 100 values of a metric in a line, at which Powertools begins another line. */
const MAX_VALUES = 50;

export function createEmfWriter(namespace: string, dimensions: { service: string; stage: string }): WriteEmf {
  const { service: serviceName, stage } = dimensions;
  const emf = new Metrics({ namespace, serviceName, defaultDimensions: { stage } });
  return (measured) => {
    try {
      for (const [name, { unit, values }] of measured) {
        for (const value of representative(values)) emf.addMetric(name, unit, value);
      }
      emf.publishStoredMetrics();
    } finally {
      emf.clearMetrics(); // what a failure left
    }
  };
}

/** Evenly spread among the sorted values; the greatest is always among them. */
function representative(values: number[]): number[] {
  const sorted = values.toSorted((a, b) => b - a);
  const step = Math.max(1, Math.ceil(sorted.length / MAX_VALUES));
  return sorted.filter((_, at) => at % step === 0);
}
