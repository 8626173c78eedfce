import type { Socket } from 'node:net';
import { KafkaJSConnectionClosedError } from 'kafkajs/src/errors.js';
import Connection from 'kafkajs/src/network/connection.js';
import { monotonicMs } from '../../clock.ts';
import { isRefusedConnection } from '../backOff.ts';

const SIZE_BYTES = 4;
const CORRELATION_ID_BYTES = 4;
/** A broker's default limit for requests; the largest answer here, a fetch, is a tenth of it. */
const MAX_ANSWER_BYTES = 100 * 2 ** 20;
/** Shorter than the pauses of callers that know of the refusal, see `createBackOff`. */
const REST_MS = 150;

/** The last refusal of a connection's authentication. */
interface Refusal {
  error: unknown;
  at: number;
}

/**
 * Gives a KafkaJS connection one state for each socket. Unpatched, it
 * - keeps a partial answer of a broken socket and prepends it to the next answer, still listens to the old socket, and
 *   opens two sockets for two callers; the resulting errors are thrown in a socket's event handler and end the process;
 * - counts as connected while it gives up a socket that has never connected, or whose peer has hung up. Requests that
 *   are written then are neither answered nor timed out, and a consumer waits for them for ever;
 * - keeps the socket that a broker has refused to authenticate, tries again on it, and then, without a pause, on another.
 *
 * Patched, invalid input from a peer closes the connection, and when a socket closes, all its requests fail.
 */
export function freshConnections(): void {
  const { prototype } = Connection;
  const { authenticate, connect, rejectRequests } = prototype;
  const connecting = new WeakMap<Connection, Promise<true>>();
  const refusals = new WeakMap<Connection, Refusal>();

  prototype.authenticate = async function authenticateOnce(this: Connection) {
    const { socket } = this;
    try {
      await authenticate.call(this);
    } catch (error) {
      if (isRefusedConnection(error)) refusals.set(this, { error, at: monotonicMs() });
      if (this.socket === socket) closeSocket(this);
      throw error;
    }
  };

  prototype.connect = function connectFresh(this: Connection) {
    if (this.isConnected()) return Promise.resolve(true);
    const pending = connecting.get(this);
    if (pending) return pending;
    const refusal = refusals.get(this);
    if (refusal && monotonicMs() - refusal.at < REST_MS) return Promise.reject(refusal.error);
    closeSocket(this);
    const attempt = connect.call(this).finally(() => connecting.delete(this));
    connecting.set(this, attempt);
    const { socket } = this;
    socket?.once('close', () => {
      if (this.socket === socket) closeSocket(this);
    });
    return attempt;
  };

  prototype.disconnect = async function disconnectSocket(this: Connection) {
    const { socket } = this;
    if (isOpen(socket)) {
      this.connectionStatus = 'disconnecting';
      await this.requestQueue.waitForPendingRequests();
    }
    // Meanwhile the socket may have closed, and a new one may have taken its place.
    if (this.socket === socket) closeSocket(this);
    return true;
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

const isOpen = (socket?: Socket) =>
  socket !== undefined && !socket.connecting && socket.readable && socket.writable;

function closeSocket(connection: Connection): void {
  const { socket, host, port } = connection;
  connection.connectionStatus = 'disconnected';
  connection.authenticatedAt = null;
  connection.rejectRequests(new KafkaJSConnectionClosedError('Closed connection', { host, port }));
  connection.requestQueue.destroy();
  connection.socket = undefined;
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
  socket
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
