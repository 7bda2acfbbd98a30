// A WebSocket server (RFC 6455) that echoes, as far as an echo needs it: no extensions, frames under 2^32 bytes.
import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Completes the handshake of an `upgrade` event and echoes every frame until the client closes. */
export function echo(req, socket, head) {
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${GUID}`).digest('base64');
  const protocol = req.headers['sec-websocket-protocol']?.split(',')[0].trim();
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);

  let pending = head;
  const read = (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = parse(pending); frame; frame = parse(pending)) {
      pending = pending.subarray(frame.length);
      answer(socket, frame);
    }
  };
  socket.on('data', read);
  socket.on('error', () => socket.destroy());
  read(Buffer.alloc(0));
}

/** Refuses an `upgrade` event. */
export function refuseUpgrade(socket) {
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function answer(socket, { first, opcode, payload }) {
  if (opcode === PONG) return;
  if (opcode === PING) socket.write(build(0x80 | PONG, payload));
  else socket.write(build(first, payload));
  if (opcode === CLOSE) socket.end();
}

/** The first frame in `bytes`, unmasked; undefined while it is incomplete. */
function parse(bytes) {
  if (bytes.length < 2) return undefined;
  let offset = 2;
  let size = bytes[1] & 0x7f;
  if (size === 126 || size === 127) {
    offset = size === 126 ? 4 : 10;
    if (bytes.length < offset) return undefined;
    size = size === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  }
  const masked = (bytes[1] & 0x80) !== 0;
  const start = offset + (masked ? 4 : 0);
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(offset, start);
  const payload = Buffer.from(bytes.subarray(start, start + size));
  if (masked) for (let index = 0; index < payload.length; index += 1) payload[index] ^= mask[index & 3];
  return { first: bytes[0], opcode: bytes[0] & 0x0f, payload, length: start + size };
}

function build(first, payload) {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 126 ? length : length < 65536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
