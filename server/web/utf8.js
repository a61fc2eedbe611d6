// Texts and bytes; TextEncoder is not in every engine that runs this. Pure.

/** @param {string} text @returns {Uint8Array} half of a pair becomes the replacement character */
export function utf8(text) {
  const bytes = [];
  for (const c of text) {
    let code = c.codePointAt(0);
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    const further = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes.push(further ? ((0xf00 >> (further + 1)) & 0xff) | (code >> (6 * further)) : code);
    for (let i = further - 1; i >= 0; i -= 1) bytes.push(0x80 | ((code >> (6 * i)) & 0x3f));
  }
  return Uint8Array.from(bytes);
}

/** How many bytes follow a first one, and from where to where the second may lie (Unicode, table 3-7). */
function lead(byte) {
  if (byte < 0x80) return [0];
  if (byte >= 0xc2 && byte < 0xe0) return [1, 0x80, 0xbf];
  if (byte >= 0xe0 && byte < 0xf0) return [2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf];
  return byte >= 0xf0 && byte < 0xf5 ? [3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf] : [-1];
}

/** @param {ArrayLike<number>} bytes @returns {string} each longest part that is no character becomes one replacement */
export function fromUtf8(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at];
    let [further, least, most] = lead(first);
    at += 1;
    let code = further > 0 ? first & (0x3f >> further) : first;
    for (; further > 0 && bytes[at] >= least && bytes[at] <= most; further -= 1, at += 1) {
      code = (code << 6) | (bytes[at] & 0x3f);
      [least, most] = [0x80, 0xbf];
    }
    text += further ? '\ufffd' : String.fromCodePoint(code);
  }
  return text;
}
