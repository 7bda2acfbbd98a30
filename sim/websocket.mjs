// A WebSocket server (RFC 6455) that echoes. It supports no extensions, and frames under 2^32 bytes.
import { createHash } from 'node:crypto';
import { buildFrame, parseFrame } from './websocket-frame.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Completes the handshake of an `upgrade` event and echoes every frame until the client closes. */
export function echo(req, socket, head) {
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${GUID}`).digest('base64');
  const protocol = req.headers['sec-websocket-protocol']?.split(',')[0].trim();
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);

  let pending = head;
  const read = (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = parseFrame(pending); frame; frame = parseFrame(pending)) {
      pending = pending.subarray(frame.length);
      answer(socket, frame);
    }
  };
  socket.on('data', read);
  socket.on('error', () => socket.destroy());
  read(Buffer.alloc(0));
}

/** Refuses an `upgrade` event. */
export function refuseUpgrade(socket, status = '404 Not Found') {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function answer(socket, { first, opcode, payload }) {
  if (opcode === PONG) return;
  if (opcode === PING) socket.write(buildFrame(0x80 | PONG, payload));
  else socket.write(buildFrame(first, payload));
  if (opcode === CLOSE) socket.end();
}
