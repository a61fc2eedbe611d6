// What is going on: said above the screen, and one line below it that is always in sight. Both are read out when they
// change, and only then.

import { $, h } from './ui.js';

/** @typedef {{text: string, button?: HTMLElement}} Line */

/** @param {Line[]} lines */
export function show(lines) {
  const wanted = lines.map(({ text }) => text).join('\n');
  // The same news again would be read out again.
  if ($('status').dataset.says === wanted) return;
  $('status').dataset.says = wanted;
  $('status').replaceChildren(...lines.map(({ text, button }) => h('p', {}, text, ...(button ? [' ', button] : []))));
}

/** @param {string} text for now */
export function say(text) {
  show([{ text }]);
}

/** The line always in sight: what waits, and when something was sent last. It leads to the shelf. */
export class Line {
  #again = false;
  #running = null;

  /** @param {import('./outbox.js').Outbox} outbox @param {import('./send.js').Sender} sender */
  constructor(outbox, sender) {
    this.outbox = outbox;
    this.sender = sender;
  }

  /** Reads what is kept; while it does, further wishes become one. @param {import('./ui.js').Ui} ui */
  refresh(ui) {
    this.#again = true;
    this.#running ??= this.#read(ui).finally(() => { this.#running = null; });
    return this.#running;
  }

  async #read(ui) {
    while (this.#again) {
      this.#again = false;
      const [kept, [latest]] = await Promise.all([this.outbox.kept(), this.outbox.facts()]);
      this.#write(ui, kept, latest?.last);
    }
  }

  #write(ui, kept, last) {
    const refused = kept.filter((one) => one.refused).length;
    const n = kept.length - refused;
    const sending = kept.some(({ instance }) => this.sender.sending.has(instance));
    const parts = [
      n && ui.t(sending ? 'line_sending' : 'line_waiting', { n }),
      refused && ui.t('line_refused', { n: refused }),
      !kept.length && ui.t(last ? 'line_sent' : 'line_empty'),
      last && ui.t('line_last', { time: ui.time(last) }),
    ];
    const text = parts.filter(Boolean).join(' · ');
    if ($('shelf').textContent !== text) $('shelf').textContent = text;
    $('line').classList.toggle('wrong', refused > 0);
  }
}
