// The functions that few forms use; whoever needs them loads this, and it adds them to the others. Pure.

import { shuffledBy, shuffledWith } from './chance.js';
import { hashes, hex } from './digest.js';
import { aggregates, filled, lazy, numeric, plain, texts } from './functions.js';
import { area, distance, geofence } from './geo.js';
import { fromUtf8, utf8 } from './utf8.js';
import { Nodes, items } from './values.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const capitals = (text) => text.replace(/[a-z]/g, (c) => c.toUpperCase());

/** @param {Uint8Array} bytes @returns {string} */
function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    for (const place of [18, 12, 6, 0]) text += DIGITS[(three >> place) & 63];
  }
  const spare = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - spare) + '='.repeat(spare);
}

/** @param {string} text @returns {string} '' where it is no base64; the padding may be missing */
function base64Decode(text) {
  const [, digits, padding] = /^([A-Za-z0-9+/]*)(=*)$/.exec(text.replace(/[ \t\n\f\r]/g, '')) ?? [];
  if (digits === undefined || digits.length % 4 === 1 || padding.length > (4 - (digits.length % 4)) % 4) return '';
  const bytes = [];
  let [bits, count] = [0, 0];
  for (const digit of digits) {
    bits = ((bits << 6) | DIGITS.indexOf(digit)) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return bits & ((1 << count) - 1) ? '' : fromUtf8(bytes);
}

function digest(text, algorithm, encoding = 'base64') {
  const hash = hashes[capitals(algorithm)];
  const encode = { HEX: hex, BASE64: base64 }[capitals(encoding)];
  return hash && encode ? encode(hash(utf8(text))) : '';
}

Object.assign(plain, {
  exp10: numeric((x) => 10 ** x),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  tan: numeric(Math.tan),
  asin: numeric(Math.asin),
  acos: numeric(Math.acos),
  atan: numeric(Math.atan),
  atan2: numeric(Math.atan2),
  digest: texts(digest),
  'base64-decode': texts(base64Decode),
  geofence: texts(geofence),
});

Object.assign(aggregates, {
  area: (...args) => area(filled(args)),
  distance: (...args) => distance(filled(args)),
});

lazy.randomize = ([list, seed], view, get) => {
  const given = items(get(list));
  return new Nodes(seed === undefined ? shuffledWith(given, view.env.random) : shuffledBy(given, get(seed)));
};
