// Codes read by the camera where the browser can do that, else typed.

import { typed } from './controls.js';
import { button, h } from './ui.js';
import { isOpen } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

const EVERY = 250;

const canScan = () => 'BarcodeDetector' in window && navigator.mediaDevices?.getUserMedia !== undefined;

/** Looks through the camera until there is a code, or the video is taken away. */
async function read(video) {
  const detector = new BarcodeDetector();
  while (video.isConnected) {
    const codes = video.readyState > 1 ? await detector.detect(video) : [];
    if (codes.length) return codes[0].rawValue;
    await new Promise((done) => { setTimeout(done, EVERY); });
  }
  return null;
}

function scanner(q, take) {
  const status = h('p', { role: 'status', className: 'hint' });
  const view = h('div', { className: 'view' });
  let stream = null;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    view.replaceChildren();
    start.textContent = q.t('scan');
  };
  const scan = async () => {
    if (stream) return stop();
    status.textContent = '';
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      addEventListener('baraza-hide', stop, { once: true });
      const video = h('video', { srcObject: stream, muted: true, playsInline: true, autoplay: true });
      view.replaceChildren(video);
      start.textContent = q.t('stop');
      const code = await read(video);
      if (code !== null) take(code);
    } catch {
      status.textContent = q.t('scan_failed');
    }
    return stop();
  };
  const start = button(q.t('scan'), scan);
  return h('div', {}, start, view, status);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  if (q.node.kind !== 'barcode' || q.locked) return undefined;
  const input = typed(q, { type: 'text', dir: 'auto' });
  const hidden = q.has('hidden-answer');
  const take = (code) => {
    q.set(code);
    input.value = code;
  };
  if (!canScan()) return h('div', {}, h('p', { className: 'hint' }, q.t('scan_missing')), input);
  if (!hidden) return h('div', {}, scanner(q, take), input);
  const there = h('p', { className: 'value' });
  q.onShow((answer) => { there.textContent = isOpen(answer) ? q.t('not_answered') : `✓ ${q.t('scanned')}`; });
  return h('div', {}, scanner(q, take), there);
}
