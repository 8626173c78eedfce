import { randomUUID } from 'node:crypto';
import type { MSKEvent } from 'aws-lambda';
import { Kafka, logLevel } from 'kafkajs';
import { EventSource } from '../../../lib/offline/event-source/eventSource.ts';
import type { Mapping } from '../../../lib/offline/event-source/mapping.ts';
import { OutageLog } from '../../../lib/offline/event-source/outageLog.ts';

/** Immediate, small and endless, so that each test sets only the values it is about. */
export function mappingOf(topic: string, groupId: string): Mapping {
  return {
    functionKey: 'handler',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:handler',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/1',
    topic,
    groupId,
    batchSize: 100,
    batchingWindowMs: 0,
    functionTimeoutMs: null,
    startingPosition: { at: 'TRIM_HORIZON' },
    maximumRetryAttempts: Number.POSITIVE_INFINITY,
    maximumRecordAgeMs: Number.POSITIVE_INFINITY,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
    onFailureTopic: null,
    filter: null,
  };
}

/** Calls a function with what comes on a topic, from its beginning. */
export function callWithRecords(
  brokers: string[],
  topic: string,
  invoke: (event: MSKEvent) => Promise<unknown>,
  mapping: Partial<Mapping> = {},
): EventSource {
  return new EventSource({
    mapping: { ...mappingOf(topic, `test-${randomUUID()}`), ...mapping },
    invoke: (_key, event) => invoke(event as unknown as MSKEvent),
    kafka: new Kafka({ brokers, logLevel: logLevel.NOTHING }),
    bootstrapServers: brokers.join(','),
    log: { info: () => {}, warn: () => {} },
    outages: new OutageLog(() => {}),
  });
}
