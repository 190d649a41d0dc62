import { crc32, deflateSync } from "node:zlib";

/** Real pictures, made by hand, and what hostile ones are made of. */
export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
export function png({ width = 8, height = 8, more = [] as Buffer[], end = Buffer.alloc(0) } = {}): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(8 * (1 + 8 * 3), 0x7f));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), ...more, chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0)), end]);
}

/** One grey pixel. */
const GREY = [
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/",
  "yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=",
].join("");
const baseline = Buffer.from(GREY, "base64");
// The picture is arithmetic-coded; as a frame of the usual kind it has the same segments.
baseline[baseline.indexOf(Buffer.from("ffc9", "hex")) + 1] = 0xc0;
baseline[baseline.indexOf(Buffer.from("ffcc", "hex")) + 1] = 0xc4;
/** `notes`: segments between the first and the frame. */
export const jpeg = (notes = Buffer.alloc(0), end = Buffer.alloc(0)): Buffer =>
  Buffer.concat([baseline.subarray(0, 2), notes, baseline.subarray(2), end]);
export function segment(marker: number, text: string): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(text.length + 2, 2);
  return Buffer.concat([head, Buffer.from(text, "latin1")]);
}

export const media = (type: string, bytes: Buffer) => ({ type, data: bytes.toString("base64") });
