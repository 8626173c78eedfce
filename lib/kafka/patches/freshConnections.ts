import Connection from 'kafkajs/src/network/connection.js';

const SIZE_BYTES = 4;
const CORRELATION_ID_BYTES = 4;
/** As much as a broker takes from a client by default; the largest answer here, a fetch, is a tenth of it. */
const MAX_ANSWER_BYTES = 100 * 2 ** 20;

/**
 * Makes a connection of KafkaJS begin anew each time that it connects. By itself it keeps half an answer of the
 * broken connection and reads the next one as its rest, listens to the old socket, and opens two sockets for two
 * callers; what then goes wrong is thrown inside a socket's event, which ends the process. What a peer sends that
 * is no answer breaks its connection instead, and the requests that wait on it fail.
 */
export function freshConnections(): void {
  const { prototype } = Connection;
  const { connect, rejectRequests } = prototype;
  const connecting = new WeakMap<Connection, Promise<true>>();

  prototype.connect = function connectFresh(this: Connection) {
    if (this.isConnected()) return Promise.resolve(true);
    const underWay = connecting.get(this);
    if (underWay) return underWay;
    forgetSocket(this);
    const attempt = connect.call(this).finally(() => connecting.delete(this));
    connecting.set(this, attempt);
    return attempt;
  };

  prototype.processData = function processDataSafely(this: Connection, data: Buffer) {
    try {
      takeIn(this, data);
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };

  prototype.rejectRequests = function rejectAll(this: Connection, error: Error) {
    // By itself an authentication that is cut would never end.
    this.authHandlers?.onError();
    rejectRequests.call(this, error);
  };
}

function forgetSocket(connection: Connection): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
  connection.socket
    ?.removeAllListeners()
    .on('error', () => undefined)
    .destroy();
}

function takeIn(connection: Connection, data: Buffer): void {
  if (connection.authHandlers && !connection.authExpectResponse) {
    connection.authHandlers.onSuccess(data);
    return;
  }
  connection.chunks.push(data);
  connection.bytesBuffered += data.length;
  while (connection.bytesBuffered >= connection.bytesNeeded) {
    const [first = data, ...more] = connection.chunks;
    const buffer = more.length > 0 ? Buffer.concat(connection.chunks) : first;
    const end = SIZE_BYTES + readSize(buffer);
    connection.chunks = [buffer];
    connection.bytesNeeded = end;
    if (buffer.length < end) return;
    connection.chunks = [buffer.subarray(end)];
    connection.bytesBuffered = buffer.length - end;
    connection.bytesNeeded = SIZE_BYTES;
    answer(connection, buffer.subarray(0, end));
  }
}

function readSize(buffer: Buffer): number {
  const size = buffer.readInt32BE();
  if (size >= CORRELATION_ID_BYTES && size <= MAX_ANSWER_BYTES) return size;
  throw new Error(`An answer of ${size} bytes is none of Kafka.`);
}

function answer(connection: Connection, whole: Buffer): void {
  if (connection.authHandlers) {
    connection.authHandlers.onSuccess(whole);
    return;
  }
  const correlationId = whole.readInt32BE(SIZE_BYTES);
  const payload = whole.subarray(SIZE_BYTES + CORRELATION_ID_BYTES);
  connection.requestQueue.fulfillRequest({ size: whole.length - SIZE_BYTES, correlationId, payload });
}
