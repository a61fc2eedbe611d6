// area(), distance() and geofence(), by the formulas of ODK's clients, so that figures agree with theirs. Pure.

import { NUMBER, toText, words } from './values.js';

/** Radius at the equator, in metres. */
const RADIUS = 6378100;
const radians = (degrees) => degrees * (Math.PI / 180);

/** @typedef {[number, number]} Point latitude and longitude in degrees */

/** @param {string} text @returns {Point | null} */
function point(text) {
  const parts = words(text);
  const [latitude, longitude] = parts.map(Number);
  const fits = parts.length > 1 && parts.length < 5 && parts.every((part) => NUMBER.test(part))
    && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return fits ? [latitude, longitude] : null;
}

/** @param {(string | number)[]} items a line of points, or points @returns {Point[] | null} null where one of them is none */
function points(items) {
  const parts = items.flatMap((item) => toText(item).split(';')).filter((part) => words(part).length);
  const found = parts.map(point);
  return found.includes(null) ? null : found;
}

const rounded = (n) => Math.floor(n * 100 + 0.5) / 100;

/** @param {(string | number)[]} items @returns {number} metres along the points, by the spherical law of cosines */
export function distance(items) {
  const line = points(items);
  if (!line) return NaN;
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) {
    const [a, b] = [radians(line[i - 1][0]), radians(line[i][0])];
    const between = radians(line[i - 1][1] - line[i][1]);
    const cosine = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(between);
    sum += Math.acos(Math.min(1, Math.max(-1, cosine))) * RADIUS;
  }
  return rounded(sum);
}

/** @param {(string | number)[]} items @returns {number} square metres within the points (Chamberlain and Duquette 2007) */
export function area(items) {
  const line = points(items);
  if (!line) return NaN;
  if (line.length < 3) return 0;
  const [first, last] = [line[0], line[line.length - 1]];
  if (first[0] !== last[0] || first[1] !== last[1]) line.push(first);
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) {
    const width = radians(line[i][1] - line[i - 1][1]);
    sum += width * (2 + Math.sin(radians(line[i][0])) + Math.sin(radians(line[i - 1][0])));
  }
  return rounded(Math.abs((sum * RADIUS * RADIUS) / 2));
}

/** Whether a ray from the point crosses the outline an odd number of times. @param {string} at @param {string} shape */
export function geofence(at, shape) {
  const [from, outline] = [point(at), points([shape])];
  if (!from || !outline) return false;
  const [y, x] = from;
  let inside = false;
  for (let i = 1; i < outline.length; i += 1) {
    const [[y1, x1], [y2, x2]] = [outline[i - 1], outline[i]];
    if (y2 > y !== y1 > y && x < ((x1 - x2) * (y - y2)) / (y1 - y2) + x2) inside = !inside;
  }
  return inside;
}
