// The outbox as one file, for when the network never comes: a ZIP without compression, as APPNOTE.TXT 6.3 has it. Photos
// stay where the browser keeps them: each is read once, for its checksum, a piece at a time.

const PIECE = 1 << 20;
/** The format's older form, which every tool reads, ends here. */
const MOST = 0xffffffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let sum = n;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/** @param {Blob} blob @returns {Promise<number>} CRC-32 */
async function checksum(blob) {
  let sum = 0xffffffff;
  for (let at = 0; at < blob.size; at += PIECE) {
    const bytes = new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
    for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** Numbers of two and four bytes, the lower ones first. @param {[number, 2 | 4][]} fields */
function record(...fields) {
  const data = new DataView(new ArrayBuffer(fields.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 2) data.setUint16(at, value, true);
    else data.setUint32(at, value, true);
    at += width;
  }
  return data.buffer;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Names are UTF-8. */
const FLAGS = 1 << 11;

/** As the format writes a moment: two bytes for the time and two for the day. */
function momentOf(date) {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((Math.min(Math.max(date.getFullYear(), 1980), 2107) - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return [[time, 2], [day, 2]];
}

/** @param {{name: string, blob: Blob}[]} files @param {Date} now @returns {Promise<Blob>} */
async function zip(files, now) {
  const [parts, entries] = [[], []];
  let offset = 0;
  for (const { name, blob } of files) {
    const path = new TextEncoder().encode(name);
    const about = [[FLAGS, 2], [0, 2], ...momentOf(now), [await checksum(blob), 4], [blob.size, 4], [blob.size, 4], [path.length, 2], [0, 2]];
    const header = record([LOCAL, 4], [20, 2], ...about);
    parts.push(header, path, blob);
    entries.push(record([CENTRAL, 4], [20, 2], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), path);
    offset += header.byteLength + path.length + blob.size;
    if (offset > MOST) throw new RangeError('too large');
  }
  const size = entries.reduce((sum, part) => sum + part.byteLength, 0);
  const end = record([END, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...entries, end], { type: 'application/zip' });
}

const pad = (n) => String(n).padStart(2, '0');

/**
 * All responses that the server has not acknowledged, with their files. Nothing is deleted.
 * @param {import('./outbox.js').Outbox} outbox @returns {Promise<File>}
 */
export async function outboxFile(outbox) {
  const kept = await outbox.kept();
  if (!kept.length) throw new Error('nothing could be read');
  const lines = new Blob(kept.map(({ body }) => `${body}\n`));
  const files = [{ name: 'responses.ndjson', blob: lines }];
  for (const { instance, survey, files: names = [] } of kept) {
    for (const name of names) {
      const path = `media/${encodeURIComponent(survey)}/${name}`;
      const blob = await outbox.file(instance, name);
      // Two responses may name the same file.
      if (blob && !files.some((file) => file.name === path)) files.push({ name: path, blob });
    }
  }
  const now = new Date();
  const day = `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
  // Files of several phones may end up in one folder.
  const mark = kept[0]?.instance.slice(0, 4) ?? 'none';
  const name = `baraza-${day}-${pad(now.getHours())}${pad(now.getMinutes())}-${mark}.zip`;
  return new File([await zip(files, now)], name, { type: 'application/zip' });
}
