import Connection from 'kafkajs/src/network/connection.js';

const SIZE_BYTES = 4;
const CORRELATION_ID_BYTES = 4;
/** A broker's default limit for requests; the largest answer here, a fetch, is a tenth of it. */
const MAX_ANSWER_BYTES = 100 * 2 ** 20;

/**
 * Resets the state of a KafkaJS connection on each connect. Unpatched, it keeps a partial answer of the
 * broken connection and prepends it to the next, still listens to the old socket, and opens two sockets for
 * two callers. The resulting errors are thrown in a socket's event handler and end the process. Patched,
 * invalid input from a peer closes the connection, and its pending requests fail.
 */
export function freshConnections(): void {
  const { prototype } = Connection;
  const { connect, rejectRequests } = prototype;
  const connecting = new WeakMap<Connection, Promise<true>>();

  prototype.connect = function connectFresh(this: Connection) {
    if (this.isConnected()) return Promise.resolve(true);
    const pending = connecting.get(this);
    if (pending) return pending;
    dropSocket(this);
    const attempt = connect.call(this).finally(() => connecting.delete(this));
    connecting.set(this, attempt);
    return attempt;
  };

  prototype.processData = function processDataSafely(this: Connection, data: Buffer) {
    try {
      receive(this, data);
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };

  prototype.rejectRequests = function rejectAll(this: Connection, error: Error) {
    // Unpatched, an interrupted authentication never settles.
    this.authHandlers?.onError();
    rejectRequests.call(this, error);
  };
}

function dropSocket(connection: Connection): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
  connection.socket
    ?.removeAllListeners()
    .on('error', () => undefined)
    .destroy();
}

function receive(connection: Connection, data: Buffer): void {
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
  throw new Error(`Invalid Kafka response of ${size} bytes.`);
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
