import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 1_200;
const HEIGHT = 630;

type Colour = readonly [number, number, number];
const BACKGROUND: Colour = [15, 18, 24];
const TRACK: Colour = [42, 49, 61];
const BAR: Colour = [132, 177, 255];

/** Three bars on their tracks; lengths are parts of the track. */
const BARS = [
  { top: 115, length: 0.82 },
  { top: 265, length: 0.55 },
  { top: 415, length: 0.3 },
];
const BAR_HEIGHT = 100;
const MARGIN = 120;

function colourAt(x: number, y: number): Colour {
  const bar = BARS.find(({ top }) => y >= top && y < top + BAR_HEIGHT);
  if (!bar || x < MARGIN || x >= WIDTH - MARGIN) return BACKGROUND;
  return x < MARGIN + bar.length * (WIDTH - 2 * MARGIN) ? BAR : TRACK;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The image of link previews, 1200 × 630: a PNG, because messengers take no SVG. It has no words, which the preview
 * shows beside it, and so it is the same for every poll and language. */
export function previewImage(): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const pixels = Array.from({ length: WIDTH }, (_, x) => colourAt(x, y)).flat();
    return Buffer.from([0, ...pixels]); // 0: the row is not filtered
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2], 8); // 8 bits a channel, RGB
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
