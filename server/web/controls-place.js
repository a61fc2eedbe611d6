// Places: where the phone is, where someone walked, or typed by hand. No map: its pictures would have to come from
// somewhere else.

import { coarsened } from './coarse.js';
import { typed } from './controls.js';
import { button, h } from './ui.js';
import { isBlank, isOpen } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** A position as near as this, in metres, is taken at once. */
const NEAR = 5;
const PATIENCE = 60_000;

/** A place as it may be kept: rounded where the form asks for it. */
export const stored = ({ coarse }, answer) =>
  coarse && typeof answer === 'string' ? coarsened(answer, coarse) : answer;

const textOf = ({ latitude, longitude, altitude, accuracy }) =>
  [latitude.toFixed(6), longitude.toFixed(6), Math.round(altitude ?? 0), Math.round(accuracy)].join(' ');

/** Looks for the phone, tells how near it is known, and takes the best position when it is near enough or wanted now. */
function finder(q, word, take) {
  const status = h('p', { role: 'status' });
  const near = Math.max(Number(q.node.parameters?.['capture-accuracy']) || NEAR, q.node.coarse ?? 0);
  let [watch, best] = [null, null];
  const say = (key, values) => { status.textContent = key ? q.t(key, values) : ''; };
  const stop = () => {
    navigator.geolocation.clearWatch(watch);
    [watch, now.hidden, start.textContent] = [null, true, q.t(word)];
  };
  const done = () => {
    stop();
    const accuracy = Math.round(Math.max(best.accuracy, q.node.coarse ?? 0));
    take(stored(q.node, textOf(best)));
    say('located', { n: accuracy });
  };
  const found = ({ coords }) => {
    // Drawn anew, or left: nobody waits for it here any more.
    if (!status.isConnected) return stop();
    if (!best || coords.accuracy <= best.accuracy) best = coords;
    if (best.accuracy <= near) return done();
    now.hidden = false;
    return say('locating_within', { n: Math.round(best.accuracy) });
  };
  const failed = (error) => {
    if (watch === null && error) return;
    if (error) stop();
    if (best) done();
    else say(error?.code === 1 ? 'locate_denied' : 'locate_failed');
  };
  const find = () => {
    if (!navigator.geolocation) return failed();
    if (watch !== null) {
      stop();
      return say('');
    }
    best = null;
    say('locating');
    start.textContent = q.t('stop');
    watch = navigator.geolocation.watchPosition(found, failed, { enableHighAccuracy: true, timeout: PATIENCE });
    return undefined;
  };
  const start = button(q.t(word), find);
  const now = button(q.t('take_now'), done, { hidden: true });
  return h('div', { className: 'finder' }, start, now, status);
}

/** Says that the place is rounded, before anyone gives it. */
function rounding(q) {
  const { coarse } = q.node;
  if (!coarse) return null;
  const [key, n] = coarse >= 1000 ? ['rounded_km', Math.round(coarse / 100) / 10] : ['rounded_m', coarse];
  return h('p', { className: 'hint' }, q.t(key, { n }));
}

/** What is typed is rounded before it is kept, and shown so once the field is left. */
function field(q) {
  const input = typed(q, { type: 'text', placeholder: '0.0 0.0', dir: 'ltr' }, (text) => stored(q.node, text));
  const show = () => { input.value = isOpen(q.answer) ? '' : q.answer; };
  input.addEventListener('change', show);
  return { input, show };
}

function point(q) {
  const { input, show } = field(q);
  const take = (place) => {
    q.set(place);
    show();
  };
  return h('div', { className: 'place' }, rounding(q), finder(q, isBlank(q.answer) ? 'locate' : 'locate_again', take), input);
}

/** The points so far, without the one that closes a shape. */
function pointsOf(q) {
  const points = (isOpen(q.answer) ? '' : q.answer).split(';').map((part) => part.trim()).filter(Boolean);
  const closed = q.node.kind === 'geoshape' && points.length > 2 && points[0] === points[points.length - 1];
  return closed ? points.slice(0, -1) : points;
}

/** Walked along: a point for each place where someone stood. A shape closes itself. */
function line(q) {
  const { input, show } = field(q);
  const list = h('ol', { className: 'points' });
  const set = (points) => {
    const closes = q.node.kind === 'geoshape' && points.length > 2;
    q.set((closes ? [...points, points[0]] : points).join(';'));
    show();
  };
  const remove = button(q.t('remove_last'), () => set(pointsOf(q).slice(0, -1)), { className: 'quiet' });
  q.onShow(() => {
    const points = pointsOf(q);
    list.replaceChildren(...points.map((text) => h('li', {}, h('bdi', { dir: 'ltr' }, text.split(/\s+/).slice(0, 2).join(', ')))));
    remove.hidden = !points.length;
  });
  const add = finder(q, 'add_point', (place) => set([...pointsOf(q), place]));
  const byHand = h('details', {}, h('summary', {}, q.t('by_hand')), input);
  return h('div', { className: 'place' }, rounding(q), add, list, remove, byHand);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  const { kind } = q.node;
  if (q.locked) return undefined;
  if (kind === 'geopoint') return point(q);
  return kind === 'geotrace' || kind === 'geoshape' ? line(q) : undefined;
}
