// Hashes of bytes: MD5 (RFC 1321), SHA-1 and the SHA-2 family (FIPS 180-4). The constants of SHA-2 are digits of
// the roots of primes and those of MD5 are sines, so that they are computed here and not listed. Pure.

const PRIMES = [];
for (let n = 2; PRIMES.length < 80; n += 1) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);

/** The first 64 binary digits after the point of a prime's root, by Newton's method on whole numbers. */
function rootDigits(prime, degree) {
  const k = BigInt(degree);
  const wanted = BigInt(prime) << (64n * k);
  let root = 1n << 70n;
  for (;;) {
    const next = ((k - 1n) * root + wanted / root ** (k - 1n)) / k;
    if (next >= root) return BigInt.asUintN(64, root);
    root = next;
  }
}

const STEPS = PRIMES.map((prime) => rootDigits(prime, 3));
const STARTS = PRIMES.slice(0, 16).map((prime) => rootDigits(prime, 2));
const upper = (digits) => Number(digits >> 32n) | 0;
const STEPS_256 = Int32Array.from(STEPS.slice(0, 64), upper);
const STARTS_256 = STARTS.slice(0, 8).map(upper);
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296));
const TURNS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/** The bytes with a one after them, noughts, and their number of bits at the end of the last block. */
function padded(bytes, block, little = false) {
  const length = Math.ceil((bytes.length + 1 + block / 8) / block) * block;
  const whole = new Uint8Array(length);
  whole.set(bytes);
  whole[bytes.length] = 128;
  const data = new DataView(whole.buffer);
  data.setUint32(length - (little ? 8 : 4), bytes.length << 3, little);
  data.setUint32(length - (little ? 4 : 8), bytes.length >>> 29, little);
  return data;
}

/** @param {ArrayLike<number>} words of 32 bits @returns {Uint8Array} */
function bytesOf(words, little = false) {
  const data = new DataView(new ArrayBuffer(words.length * 4));
  for (let i = 0; i < words.length; i += 1) data.setInt32(i * 4, words[i], little);
  return new Uint8Array(data.buffer);
}

const turn = (word, by) => (word << by) | (word >>> (32 - by));

function md5(bytes) {
  const data = padded(bytes, 64, true);
  const sum = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < data.byteLength; at += 64) {
    let [a, b, c, d] = sum;
    for (let i = 0; i < 64; i += 1) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = data.getInt32(at + 4 * ([i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16), true);
      const next = (b + turn((a + mixed + word + SINES[i]) | 0, TURNS[round][i % 4])) | 0;
      [a, b, c, d] = [d, next, b, c];
    }
    [a, b, c, d].forEach((word, i) => { sum[i] = (sum[i] + word) | 0; });
  }
  return bytesOf(sum, true);
}

function sha1(bytes) {
  const data = padded(bytes, 64);
  const sum = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = new Int32Array(80);
  for (let at = 0; at < data.byteLength; at += 64) {
    let [a, b, c, d, e] = sum;
    for (let i = 0; i < 80; i += 1) {
      words[i] = i < 16 ? data.getInt32(at + 4 * i)
        : turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
      const [mixed, step] = [
        [(b & c) | (~b & d), 0x5a827999], [b ^ c ^ d, 0x6ed9eba1],
        [(b & c) | (b & d) | (c & d), 0x8f1bbcdc], [b ^ c ^ d, 0xca62c1d6],
      ][Math.floor(i / 20)];
      [a, b, c, d, e] = [(turn(a, 5) + mixed + e + step + words[i]) | 0, a, turn(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((word, i) => { sum[i] = (sum[i] + word) | 0; });
  }
  return bytesOf(sum);
}

/** Without arrays in its loops: photos have millions of bytes. */
function sha256Bytes(bytes) {
  const data = padded(bytes, 64);
  const sum = Int32Array.from(STARTS_256);
  const words = new Int32Array(64);
  for (let at = 0; at < data.byteLength; at += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = data.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const [x, y] = [words[i - 15], words[i - 2]];
      words[i] = words[i - 16] + words[i - 7] + (turn(x, 25) ^ turn(x, 14) ^ (x >>> 3))
        + (turn(y, 15) ^ turn(y, 13) ^ (y >>> 10));
    }
    compress(sum, words);
  }
  return bytesOf(sum);
}

function compress(sum, words) {
  let [a, b, c, d, e, f, g, h] = sum;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 26) ^ turn(e, 21) ^ turn(e, 7)) + ((e & f) ^ (~e & g)) + STEPS_256[i] + words[i]) | 0;
    const two = ((turn(a, 30) ^ turn(a, 19) ^ turn(a, 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  sum[0] += a;
  sum[1] += b;
  sum[2] += c;
  sum[3] += d;
  sum[4] += e;
  sum[5] += f;
  sum[6] += g;
  sum[7] += h;
}

const long = (n) => BigInt.asUintN(64, n);
const turnLong = (n, by) => (n >> by) | long(n << (64n - by));

/** SHA-512, and what starts from other words and leaves some out at the end. */
function sha512(bytes, starts, count) {
  const data = padded(bytes, 128);
  let sum = starts;
  for (let at = 0; at < data.byteLength; at += 128) {
    const words = [];
    let [a, b, c, d, e, f, g, h] = sum;
    for (let i = 0; i < 80; i += 1) {
      const [x, y] = [words[i - 15], words[i - 2]];
      words.push(i < 16 ? data.getBigUint64(at + 8 * i) : long(words[i - 16] + words[i - 7]
        + (turnLong(x, 1n) ^ turnLong(x, 8n) ^ (x >> 7n)) + (turnLong(y, 19n) ^ turnLong(y, 61n) ^ (y >> 6n))));
      const one = h + (turnLong(e, 14n) ^ turnLong(e, 18n) ^ turnLong(e, 41n)) + ((e & f) ^ (~e & g)) + STEPS[i] + words[i];
      const two = (turnLong(a, 28n) ^ turnLong(a, 34n) ^ turnLong(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [long(one + two), a, b, c, long(d + one), e, f, g];
    }
    sum = [a, b, c, d, e, f, g, h].map((word, i) => long(sum[i] + word));
  }
  return bytesOf(sum.flatMap((word) => [upper(word), Number(BigInt.asIntN(32, word))]).slice(0, count * 2));
}

/** @type {Record<string, (bytes: Uint8Array) => Uint8Array>} by their names in XForms 1.1, section 7.8.1 */
export const hashes = {
  MD5: md5,
  'SHA-1': sha1,
  'SHA-256': sha256Bytes,
  'SHA-384': (bytes) => sha512(bytes, STARTS.slice(8), 6),
  'SHA-512': (bytes) => sha512(bytes, STARTS.slice(0, 8), 8),
};

/** @param {Uint8Array} bytes @returns {string} */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {Uint8Array} bytes @returns {string} */
export const sha256 = (bytes) => hex(sha256Bytes(bytes));
