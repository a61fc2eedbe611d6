// Drawings and signatures with a thumb, and drawings over a photo. Every line is kept as soon as it is drawn.

import { cameras, holder, jpeg, longEdge, pictureOf, smaller } from './controls-file.js';
import { button, h } from './ui.js';
import { isOpen } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** Width of a pad in pixels, and its height as a part of that. */
const WIDTH = 800;
const HEIGHTS = { signature: 0.5, draw: 1 };

/** Paper, what lies under the lines, and the lines. */
class Pad {
  constructor(width, height, ink) {
    this.canvas = h('canvas', { width, height, className: 'pad', role: 'img' });
    this.ink = ink;
    this.under = null;
    this.lines = [];
    this.paint();
  }

  place(picture) {
    this.under = picture;
    this.lines = [];
    if (picture instanceof HTMLCanvasElement) Object.assign(this.canvas, { width: picture.width, height: picture.height });
    this.paint();
  }

  paint() {
    const { canvas, under } = this;
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (under) context.drawImage(under, 0, 0, canvas.width, canvas.height);
    Object.assign(context, { strokeStyle: this.ink, lineWidth: canvas.width / 90, lineCap: 'round', lineJoin: 'round' });
    for (const [first, ...rest] of this.lines) {
      context.beginPath();
      context.moveTo(...first);
      // A tap is a dot.
      (rest.length ? rest : [first]).forEach((point) => context.lineTo(...point));
      context.stroke();
    }
  }

  /** Follows a finger, a pen or a mouse. @param {() => void} drawn */
  listen(drawn) {
    const { canvas } = this;
    let line = null;
    const at = ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return [((clientX - left) * canvas.width) / width, ((clientY - top) * canvas.height) / height];
    };
    const end = () => {
      if (line) drawn();
      line = null;
    };
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      line = [at(event)];
      this.lines.push(line);
      this.paint();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!line) return;
      line.push(at(event));
      this.paint();
    });
    canvas.addEventListener('pointerup', end);
    canvas.addEventListener('pointercancel', end);
  }
}

function pad(q, give, say) {
  const over = q.has('annotate');
  const width = Math.min(WIDTH, longEdge(q));
  const made = new Pad(width, Math.round(width * (q.has('signature') ? HEIGHTS.signature : HEIGHTS.draw)), over ? '#d00000' : '#000');
  const hint = h('p', { className: 'hint' }, q.t(over ? 'draw_over' : 'draw_here'));
  made.canvas.setAttribute('aria-label', hint.textContent);
  // One after the other, so that the last line is in the last picture.
  let saving = Promise.resolve();
  const save = () => { saving = saving.then(async () => give(await jpeg(made.canvas), 'jpg')); };
  made.listen(save);
  const undo = button(q.t('undo'), () => {
    made.lines.pop();
    made.paint();
    if (made.lines.length || made.under) save();
    else q.set('');
  });
  const photo = async (file) => {
    try {
      made.place(await smaller(file, longEdge(q)));
      save();
    } catch {
      say('picture_failed');
    }
  };
  restore(q, made);
  q.onShow((answer) => {
    const blank = isOpen(answer);
    if (blank && (made.lines.length || made.under)) made.place(null);
    made.canvas.hidden = over && blank && !made.under;
    hint.hidden = made.canvas.hidden;
    undo.hidden = blank;
  });
  return [...(over ? cameras(q, photo) : []), hint, made.canvas, undo];
}

/** The picture that was kept lies under what is drawn next. */
async function restore(q, made) {
  const { session } = q.app;
  const file = isOpen(q.answer) ? null : await session.outbox.file(session.instance, q.answer).catch(() => {});
  if (!file) return;
  const picture = await pictureOf(file);
  Object.assign(made.canvas, { width: picture.naturalWidth, height: picture.naturalHeight, hidden: false });
  made.place(picture);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  if (q.node.kind !== 'image' || q.locked || !['draw', 'signature', 'annotate'].some((word) => q.has(word))) return undefined;
  return holder(q, (give, say) => pad(q, give, say), true);
}
