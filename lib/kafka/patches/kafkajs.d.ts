/** The internals of KafkaJS 2.2.4 that are patched here. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    constructor(options: object);
    readonly pending: readonly unknown[];
    readonly inflight: ReadonlyMap<number, { requestTimeout: number; timeoutRequest(): void }>;
    readonly enforceRequestTimeout: boolean;
    readonly requestTimeout: number;
    requestTimeoutIntervalId: NodeJS.Timeout | null;
    isConnected(): boolean;
    /** @param ms as a broker with quotas answers; null of one without */
    maybeThrottle(ms: number | null): void;
    canSendSocketRequestImmediately(): boolean;
    push(request: { entry: object; expectResponse: boolean; sendRequest(): void }): void;
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
    destroy(): void;
    waitForPendingRequests(): Promise<void>;
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
  export default class Connection {
    constructor(options: object);
    readonly host: string;
    readonly port: number;
    /** `connected`, `disconnecting`, which counts as connected, or `disconnected`. */
    connectionStatus: string;
    authenticatedAt: unknown;
    /** The versions that the broker knows, by request key. */
    versions: object | null;
    socket: Socket | undefined;
    /** Received bytes of an incomplete answer. */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    /** Set while it authenticates. */
    authHandlers: { onSuccess(answer: Buffer): void; onError(): void } | null;
    authExpectResponse: boolean;
    readonly requestQueue: RequestQueue;
    isConnected(): boolean;
    authenticate(): Promise<void>;
    connect(): Promise<true>;
    disconnect(): Promise<true>;
    send(exchange: { request: object; response: object }): Promise<unknown>;
    processData(data: Buffer): void;
    rejectRequests(error: Error): void;
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { ISocketFactory } from 'kafkajs';
  export default function createSocketFactory(): ISocketFactory;
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  import type BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
  export default class ConsumerGroup {
    readonly cluster: { readonly brokerPool: BrokerPool };
    /** Null before the first join. */
    readonly coordinator: { readonly brokerAddress: string } | null;
    /** Resolves if the consumer can go on after a failed fetch. */
    recoverFromFetch(error: unknown): Promise<void>;
    commitOffsets(offsets: object): Promise<void>;
    /** Time of the last heartbeat, milliseconds since 1970. */
    lastRequest: number;
    heartbeat(limits: { interval: number }): Promise<void>;
    /** The positions of the assigned partitions; replaced by each join, null before the first. */
    offsetManager: object | null;
    joinAndSync(): Promise<void>;
    /** Returns the batches that the broker with this id has for the assigned partitions. */
    fetch(nodeId: string): Promise<object[]>;
  }
}

declare module 'kafkajs/src/consumer/runner.js' {
  import type ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
  export default class Runner {
    readonly consumerGroup: ConsumerGroup;
    handleBatch(batch: object): Promise<void>;
  }
}

declare module 'kafkajs/src/cluster/brokerPool.js' {
  interface Address {
    host: string;
    port: number;
  }
  export default class BrokerPool {
    readonly brokers: Record<
      string,
      { readonly brokerAddress: string; readonly connectionPool: Address; disconnect(): Promise<void> }
    >;
    removeBroker(address: Address): void;
    readonly metadataMaxAge: number;
    /** Milliseconds since 1970; null forces a refresh. */
    metadataExpireAt: number | null;
    refreshMetadataIfNecessary(topics: string[]): Promise<void>;
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  export function failure(code: number): boolean;
  export function createErrorFromCode(code: number): Error & { readonly type: string };
}

declare module 'kafkajs/src/protocol/requests/produce/v*/response.js' {
  interface ProduceAnswer {
    topics: {
      topicName: string;
      partitions: { partition: number; errorCode: number; baseOffset: string; logAppendTime: string }[];
    }[];
  }
  const response: { parse(data: ProduceAnswer): Promise<ProduceAnswer> };
  export default response;
}

declare module 'kafkajs/src/protocol/requests/fetch/v*/response.js' {
  const response: { decode(bytes: Buffer): Promise<object> };
  export default response;
}

declare module 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decodeMessages(decoder: Decoder): Promise<object[]>;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(bytes: Buffer);
  }
}

declare module 'lz4js' {
  const lz4: {
    /** The maximum decompressed size of a frame. */
    decompressBound(frame: Uint8Array): number;
    decompress(frame: Uint8Array, mostBytes: number): Uint8Array;
  };
  export default lz4;
}

declare module 'kafkajs/src/errors.js' {
  export class KafkaJSConnectionClosedError extends Error {
    constructor(message: string, address: { host: string; port: number });
  }
  export class KafkaJSSASLAuthenticationError extends Error {}
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {}
}
