// Pictures, sounds and films that go with labels and choices. Sounds are for people who don't read: a tap plays one,
// another tap stops it, and only one is heard at a time. How they follow each other is in prompts.js.

import { Sound, playsAll, playsItself } from './prompts.js';
import { h } from './ui.js';

/** Where a file of the form is, or undefined where the server has none of that name. */
function address(q, text) {
  const name = text === undefined ? '' : q.text(text).trim();
  const digest = q.form.files?.[name];
  return digest === undefined ? undefined : q.app.fileAddress(name, digest);
}

/**
 * What goes with a label.
 * @param {import('./controls.js').Question} q @param {{image?: number, audio?: number, video?: number}} files text ids
 * @param {string} label @param {boolean} [beside] beside the label's words, which then say what the picture shows
 * @returns {{look: Node | null, sound: Node | null}}
 */
export function media(q, files, label, beside = false) {
  const [image, audio, video] = [files.image, files.audio, files.video].map((text) => address(q, text));
  const parts = [];
  if (image) {
    const picture = h('img', { src: image, alt: beside ? '' : label, decoding: 'async' });
    picture.addEventListener('error', () => picture.remove());
    parts.push(picture);
  }
  // A film inside of a choice's row could not be started without choosing the choice.
  const film = video && h('video', { src: video, controls: true, preload: 'metadata', playsInline: true, 'aria-label': label });
  if (film && !beside) parts.push(film);
  const sound = audio && new Sound(q, audio, label, beside);
  // A question's choices are made before what goes with the question itself.
  if (sound && beside) (q.heard ??= []).push(sound);
  if (!beside) playsItself(q, sound, film);
  const heard = [sound?.made, !beside && playsAll(q, sound), beside && film].filter(Boolean);
  return {
    look: parts.length ? h('span', { className: 'media' }, ...parts) : null,
    sound: heard.length ? h('span', { className: 'sound' }, ...heard) : null,
  };
}
