// Rounds places to the centres of squares, before anything keeps them. Pure.

/** Metres of a degree of latitude, and of a degree of longitude on the equator. */
const DEGREE = 111_320;

const within = (value, most) => Math.max(-most, Math.min(most, value));
const centre = (value, step) => (Math.floor(value / step) + 0.5) * step;

/** The centre of the square that a point lies in. Squares stand in rows along the latitudes, and a row's width in
 * degrees follows from its centre, so that the centre of a square rounds to itself.
 * @param {number} latitude @param {number} longitude @param {number} metres length of a side
 * @returns {[number, number]} */
export function squareOf(latitude, longitude, metres) {
  const lat = within(centre(latitude, metres / DEGREE), 90);
  const across = metres / (DEGREE * Math.max(Math.cos((lat * Math.PI) / 180), 1e-9));
  // Around a pole one square is all there is.
  const lon = across >= 180 ? 0 : within(centre(longitude, across), 180);
  return [lat, lon];
}

/** One point, `latitude longitude altitude accuracy`. What is no point (yet) loses its decimals but one: a draft keeps
 * it until it is mended. */
function point(text, metres) {
  const [latitude, longitude, , accuracy = 0] = text.trim().split(/\s+/).map(Number);
  const known = [latitude, longitude, accuracy].every(Number.isFinite);
  if (!known || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return text.replace(/(\.\d)\d+/g, '$1');
  const [lat, lon] = squareOf(latitude, longitude, metres);
  return `${lat.toFixed(6)} ${lon.toFixed(6)} 0 ${Math.max(accuracy, metres)}`;
}

/** A point, or points joined by `;`, without more detail than squares of that size allow.
 * @param {string} text @param {number} metres @returns {string} */
export const coarsened = (text, metres) =>
  text.split(';').map((part) => (part.trim() ? point(part, metres) : '')).join(';');
