/** Answers every HTTP request with 200 at minimal cost, to measure the client. Reports how many
 * there were, when asked. */
import { type AddressInfo, createServer } from 'node:net';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const HEAD_END = '\r\n\r\n';

let answered = 0;

const server = createServer((socket) => {
  let received = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (text: string) => {
    received += text;
    const end = received.indexOf(HEAD_END);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received)?.[1]);
    if (end < 0 || received.length < end + HEAD_END.length + length) return;
    received = '';
    answered += 1;
    socket.write(OK);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => process.send?.(answered));
process.on('disconnect', () => process.exit());
