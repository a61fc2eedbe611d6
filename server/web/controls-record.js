// Sounds recorded in the page, where the browser can do that, or chosen.

import { holder, source } from './controls-file.js';
import { button, h } from './ui.js';

/** @typedef {import('./controls.js').Question} Question */

/** Enough for speech, in bits a second: an hour of it is 11 MB. */
const RATE = 24_000;
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

const canRecord = () => window.MediaRecorder !== undefined && navigator.mediaDevices?.getUserMedia !== undefined;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** Records until stopped. @param {() => boolean} goesOn asked each second @returns {Promise<{stop: () => void, done: Promise<Blob>}>} */
async function record(goesOn) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: RATE });
  const pieces = [];
  const stop = () => { if (recorder.state !== 'inactive') recorder.stop(); };
  const done = new Promise((resolve) => {
    recorder.addEventListener('dataavailable', ({ data }) => {
      pieces.push(data);
      if (!goesOn()) stop();
    });
    recorder.addEventListener('stop', () => {
      stream.getTracks().forEach((track) => track.stop());
      resolve(new Blob(pieces, { type: recorder.mimeType }));
    });
  });
  addEventListener('baraza-hide', stop, { once: true });
  recorder.start(1000);
  return { stop, done };
}

function recorder(q, give, say) {
  let running = null;
  const time = h('output', { className: 'clock', hidden: true });
  const show = (on) => {
    made.textContent = q.t(on ? 'stop_recording' : 'record');
    made.classList.toggle('recording', on);
    time.hidden = !on;
    time.textContent = clock(0);
  };
  const press = async () => {
    if (running) return running.stop();
    say('');
    let seconds = 0;
    const goesOn = () => {
      seconds += 1;
      time.textContent = clock(seconds);
      return made.isConnected;
    };
    try {
      running = await record(goesOn);
    } catch {
      return say('record_failed');
    }
    show(true);
    const blob = await running.done;
    running = null;
    show(false);
    return give(blob, /mp4/.test(blob.type) ? 'm4a' : /ogg/.test(blob.type) ? 'ogg' : 'webm');
  };
  const made = button(q.t('record'), press);
  return h('span', {}, made, time);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  if (q.node.kind !== 'audio' || !canRecord()) return undefined;
  const ending = ({ name }) => (/\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? 'bin').toLowerCase();
  return holder(q, (give, say) => [
    recorder(q, give, say),
    ...(q.has('new') ? [] : [source(q.t('choose_file'), { accept: 'audio/*' }, (file) => give(file, ending(file)))]),
  ]);
}
