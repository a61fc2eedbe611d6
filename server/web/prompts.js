// Sounds that are heard: one by one, a question with all its choices in order, or as soon as a question is seen.

import { isHidden } from './cover.js';
import { h } from './ui.js';

/** @typedef {import('./controls.js').Question} Question */

/** Before a tap has become what it does, for instance the next screen. */
const TAPPED = 300;

const state = { playing: null, row: null, listens: false, screen: null, seen: new Set() };

function stop() {
  const { playing } = state;
  state.playing = null;
  playing?.audio.pause();
  playing?.sound.show(false);
}

function silence() {
  stop();
  state.row?.(false);
  state.row = null;
}

/** @param {Sound} sound @param {(error?: any) => void} [ended] heard to its end, or not to be had */
function start(sound, ended) {
  stop();
  if (!state.listens) addEventListener('baraza-hide', silence);
  state.listens = true;
  const audio = new Audio(sound.source);
  const now = { sound, audio };
  state.playing = now;
  const over = (error) => {
    if (state.playing !== now) return;
    stop();
    ended?.(error);
  };
  // What is drawn anew, in another language for instance, falls silent.
  audio.addEventListener('timeupdate', () => { if (!sound.made.isConnected && state.playing === now) silence(); });
  audio.addEventListener('ended', () => over());
  audio.addEventListener('error', () => over());
  sound.show(true);
  audio.play().catch(over);
}

function playButton(press, beside, text) {
  const icon = h('span', { className: 'icon', 'aria-hidden': 'true' });
  const words = h('span', { className: beside ? 'unseen' : '' });
  const made = h('button', { type: 'button', className: 'play', click: press }, icon, words);
  const show = (on) => {
    icon.textContent = on ? '■' : '▶\ufe0e';
    words.textContent = text(on);
    made.dataset.playing = String(on);
  };
  show(false);
  return { made, show };
}

/** A sound with its button. */
export class Sound {
  /** @param {Question} q @param {string} source @param {string} label what is read out @param {boolean} beside a choice */
  constructor(q, source, label, beside) {
    this.source = source;
    const text = (on) => q.t(on ? 'stop' : 'play');
    const { made, show } = playButton(() => this.#press(), beside, text);
    this.made = made;
    this.show = (on) => {
      show(on);
      made.setAttribute('aria-label', `${text(on)}: ${label}`);
      made.closest('.sounded')?.classList.toggle('heard', on);
    };
    this.show(false);
  }

  #press() {
    const again = state.playing?.sound === this;
    silence();
    if (!again) start(this);
  }
}

/** Reads out a question and then its choices, for who reads neither. @param {Question} q @param {Sound | undefined} own
 * @returns {HTMLElement | null} null where there is nothing to put in a row */
export function playsAll(q, own) {
  const all = () => [own, ...(q.heard ?? [])].filter((sound) => sound?.made.isConnected);
  if (!q.heard?.length) return null;
  const press = () => {
    const again = state.row === show;
    silence();
    if (again) return;
    state.row = show;
    show(true);
    const from = ([sound, ...rest]) => {
      if (state.row !== show) return;
      if (!sound) {
        silence();
        return;
      }
      start(sound, () => from(rest));
      sound.made.scrollIntoView({ block: 'nearest' });
    };
    from(all());
  };
  const { made, show } = playButton(press, false, (on) => q.t(on ? 'stop' : 'play_all'));
  made.classList.add('all');
  return made;
}

/** Plays what the form wants to be heard or seen by itself, once a visit to its screen, when it comes into view.
 * @param {Question} q @param {Sound | undefined} sound @param {HTMLVideoElement | undefined} film */
export function playsItself(q, sound, film) {
  const wanted = q.node.parameters?.autoplay;
  const element = { audio: sound?.made, video: film }[wanted];
  if (!element) return;
  const screen = q.app.current?.id;
  if (state.screen !== screen) {
    state.screen = screen;
    state.seen.clear();
  }
  const id = `${q.id} ${sound?.source ?? film.src}`;
  const play = (first) => {
    if (isHidden() || state.playing || !element.isConnected) return;
    // Browsers let nothing be heard before the first tap.
    const refused = (error) => {
      if (first && error?.name === 'NotAllowedError') addEventListener('pointerup', () => setTimeout(play, TAPPED, false), { once: true });
    };
    if (wanted === 'audio') start(sound, refused);
    else film.play().catch(refused);
  };
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    if (state.seen.has(id)) return;
    state.seen.add(id);
    play(true);
  }).observe(element);
}
