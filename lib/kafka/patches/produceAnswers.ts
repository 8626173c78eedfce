import { createErrorFromCode, failure } from 'kafkajs/src/protocol/error.js';
import v3 from 'kafkajs/src/protocol/requests/produce/v3/response.js';
import v4 from 'kafkajs/src/protocol/requests/produce/v4/response.js';
import v5 from 'kafkajs/src/protocol/requests/produce/v5/response.js';
import v6 from 'kafkajs/src/protocol/requests/produce/v6/response.js';
import v7 from 'kafkajs/src/protocol/requests/produce/v7/response.js';

/** The outcome of one partition's records in a request that failed for at least one partition. */
export interface PartitionAnswer {
  topic: string;
  partition: number;
  baseOffset: string;
  /** Milliseconds since 1970; -1 where the topic keeps the sender's time. */
  logAppendTime: string;
  /** Undefined for records that landed. */
  error: Error | undefined;
}

/** Attaches the answers of all partitions to the error that KafkaJS throws when one of them was rejected.
 * Unpatched, the error contains only the first rejection and not which records landed. See
 * `partitionAnswers`. */
export function keepProduceAnswers(): void {
  for (const response of [v3, v4, v5, v6, v7]) {
    const { parse } = response;
    response.parse = async (data) => {
      try {
        return await parse(data);
      } catch (error) {
        throw Object.assign(error instanceof Error ? error : new Error(String(error)), {
          answers: flat(data),
        });
      }
    };
  }
}

/** @param error of a KafkaJS producer, wrapped at least once
 * @returns undefined if the broker did not answer */
export function partitionAnswers(error: unknown): PartitionAnswer[] | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'answers' in error ? (error.answers as PartitionAnswer[]) : partitionAnswers(error.cause);
}

function flat({ topics }: Parameters<typeof v3.parse>[0]): PartitionAnswer[] {
  return topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition, errorCode, baseOffset, logAppendTime }) => ({
      topic: topicName,
      partition,
      baseOffset,
      logAppendTime,
      error: failure(errorCode) ? createErrorFromCode(errorCode) : undefined,
    })),
  );
}
