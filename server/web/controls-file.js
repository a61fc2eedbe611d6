// Photos, films, sounds and other files. Photos are made small here, before they are kept: that saves what sending
// costs, and leaves behind what cameras write into them, such as the place.

import { drop, keep } from './files.js';
import { button, h } from './ui.js';
import { isBlank, isOpen, isPass } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** Longest edge of a photo in pixels, where the form does not say. */
const LONG_EDGE = 1024;
const QUALITY = 0.8;

/** Says to the application that there are files to look after. */
export const hasFiles = true;

/** @param {Question} q @returns {number} */
export const longEdge = (q) => Number(q.node.parameters?.['max-pixels']) || LONG_EDGE;

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
export const jpeg = (canvas) => new Promise((done, fail) => {
  canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/jpeg', QUALITY);
});

/** @param {Blob} blob @returns {Promise<HTMLImageElement>} upright, as the browser shows it */
export async function pictureOf(blob) {
  const url = URL.createObjectURL(blob);
  try {
    const image = h('img', { src: url });
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {Blob} blob @param {number} most pixels of the longer edge @returns {Promise<HTMLCanvasElement>} */
export async function smaller(blob, most) {
  const image = await pictureOf(blob);
  const { naturalWidth, naturalHeight } = image;
  const scale = Math.min(1, most / Math.max(naturalWidth, naturalHeight));
  const [width, height] = [naturalWidth, naturalHeight].map((edge) => Math.max(1, Math.round(edge * scale)));
  const canvas = h('canvas', { width, height });
  const context = canvas.getContext('2d');
  // What is transparent would come out black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

function endingOf(file) {
  const named = /\.([a-z0-9]{1,5})$/i.exec(file.name ?? '')?.[1];
  return (named ?? /^\w+\/([a-z0-9]{1,5})/i.exec(file.type)?.[1] ?? 'bin').toLowerCase();
}

/** @param {Question} q @param {number} bytes @returns {string} */
const sizeOf = (q, bytes) =>
  bytes < 1e6 ? q.t('size_kb', { n: Math.max(1, Math.round(bytes / 1000)) }) : q.t('size_mb', { n: Math.round(bytes / 1e5) / 10 });

function look(q, file, url) {
  if (q.node.kind === 'image') return h('img', { src: url, alt: q.t('picture_of', { label: q.label }) });
  if (q.node.kind === 'audio') return h('audio', { src: url, controls: true, 'aria-label': q.label });
  if (q.node.kind === 'video') return h('video', { src: url, controls: true, playsInline: true, 'aria-label': q.label });
  return h('span', {}, '✓');
}

/** What was given, with its size. Its address lives as long as it is shown. */
function preview(q) {
  const made = h('figure', { className: 'kept-file' });
  let url = null;
  q.onShow(async (answer) => {
    const file = isOpen(answer) ? null : await q.app.session.outbox.file(q.app.seed, answer).catch(() => {});
    if (url) URL.revokeObjectURL(url);
    url = file ? URL.createObjectURL(file) : null;
    made.replaceChildren(...(file ? [look(q, file, url), h('figcaption', {}, sizeOf(q, file.size))] : []));
    made.hidden = !file;
  });
  return made;
}

/**
 * A question whose answer is a file: ways to give one, what was given, and a way to take it back.
 * @param {Question} q
 * @param {(give: (blob: Blob, ending: string) => Promise<void>, fail: (key: string) => void) => Node[]} ways
 * @param {boolean} [shows] whether the ways show themselves what was given
 */
export function holder(q, ways, shows = false) {
  const status = h('p', { role: 'status', className: 'hint' });
  const { session } = q.app;
  const say = (key) => { status.textContent = key ? q.t(key) : ''; };
  const put = async (name) => {
    const before = q.answer;
    q.set(name);
    if (!isBlank(before) && !isPass(before) && before !== name) await drop(session, before);
  };
  const give = async (blob, ending) => {
    say('preparing');
    try {
      const name = await keep(session, blob, ending);
      // The response may have been sent meanwhile; another one must not get its files.
      if (q.app.session !== session) return;
      await put(name);
      say('');
      if (!made.isConnected) q.app.redraw();
    } catch {
      say('file_failed');
    }
  };
  const remove = button(q.t('remove'), () => put(''), { className: 'quiet remove-file' });
  q.onShow((answer) => { remove.hidden = isOpen(answer); });
  const made = h('div', { className: 'file' },
    ...(shows ? [] : [preview(q)]), ...(q.locked ? [] : [...ways(give, say), remove]), status);
  return made;
}

/** A button that opens what the phone has for choosing a file. @param {(file: File) => any} chosen */
export function source(text, properties, chosen) {
  const input = h('input', { type: 'file', hidden: true, ...properties });
  input.addEventListener('change', () => {
    const [file] = input.files;
    if (file) chosen(file);
    input.value = '';
  });
  return h('span', {}, button(text, () => input.click()), input);
}

/** The camera, and what is on the phone already unless the photo has to be new. */
export function cameras(q, chosen) {
  const accept = q.node.kind === 'image' ? 'image/*' : 'video/*';
  const take = source(q.t(q.node.kind === 'image' ? 'take_photo' : 'take_video'), { accept, capture: 'environment' }, chosen);
  return q.has('new') ? [take] : [take, source(q.t('choose_file'), { accept }, chosen)];
}

function image(q, give, say) {
  const chosen = async (file) => {
    say('preparing');
    try {
      await give(await jpeg(await smaller(file, longEdge(q))), 'jpg');
    } catch {
      say('picture_failed');
    }
  };
  return cameras(q, chosen);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  const { kind } = q.node;
  if (kind === 'image') return holder(q, (give, say) => image(q, give, say));
  const whole = (give) => (file) => give(file, endingOf(file));
  if (kind === 'video') return holder(q, (give) => cameras(q, whole(give)));
  if (kind === 'audio') return holder(q, (give) => [source(q.t('choose_file'), { accept: 'audio/*' }, whole(give))]);
  return kind === 'file' ? holder(q, (give) => [source(q.t('choose_file'), {}, whole(give))]) : undefined;
}
