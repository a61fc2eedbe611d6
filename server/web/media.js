// Pictures, sounds and films that go with labels and choices. Sounds are for people who don't read: a tap plays one,
// another tap stops it, and only one is heard at a time.

import { h } from './ui.js';

let playing = null;

function stop() {
  playing?.sound.pause();
  playing?.show(false);
  playing = null;
}

/** Where a file of the form is, or undefined where the server has none of that name. */
function address(q, text) {
  const name = text === undefined ? '' : q.text(text).trim();
  const digest = q.form.files?.[name];
  return digest === undefined ? undefined : q.app.fileAddress(name, digest);
}

function button(q, source, label, beside) {
  const icon = h('span', { className: 'icon', 'aria-hidden': 'true' });
  const words = h('span', { className: beside ? 'unseen' : '' });
  const made = h('button', { type: 'button', className: 'play' }, icon, words);
  const show = (on) => {
    icon.textContent = on ? '■' : '▶\ufe0e';
    words.textContent = q.t(on ? 'stop' : 'play');
    made.setAttribute('aria-label', `${words.textContent}: ${label}`);
    made.dataset.playing = String(on);
  };
  const play = () => {
    const sound = new Audio(source);
    playing = { made, sound, show };
    // What is drawn anew, in another language for instance, falls silent.
    sound.addEventListener('timeupdate', () => { if (!made.isConnected && playing?.sound === sound) stop(); });
    sound.addEventListener('ended', () => { if (playing?.sound === sound) stop(); });
    show(true);
    sound.play().catch(() => { if (playing?.sound === sound) stop(); });
  };
  made.addEventListener('click', () => {
    const again = playing?.made === made;
    stop();
    if (!again) play();
  });
  show(false);
  return made;
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
  const heard = [audio && button(q, audio, label, beside), beside && film].filter(Boolean);
  return {
    look: parts.length ? h('span', { className: 'media' }, ...parts) : null,
    sound: heard.length ? h('span', { className: 'sound' }, ...heard) : null,
  };
}
