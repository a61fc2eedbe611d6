// A survey that asks nobody at the moment, everywhere or in some areas: what is shown in place of the form, and where an
// interview can't go on. Loaded only while a survey is paused or closed.

import { $, button, h } from './ui.js';

/** @typedef {{closed?: boolean, why?: string, until?: string}} Paused as the server tells it */

/** @param {import('./ui.js').Ui} ui with the texts of `paused` @param {Paused} paused @returns {HTMLElement[]} why, and until when */
export const reasons = (ui, { why, until }) => [
  why && h('p', { dir: 'auto', lang: '' }, why),
  until && h('p', {}, ui.t('paused_until', { day: ui.date(until) })),
].filter(Boolean);

/** What keeps people from being asked. */
class Stop {
  #app;

  /** @param {any} app @param {Paused & {at: string, node?: number, areas?: string[]}} paused */
  constructor(app, paused) {
    this.#app = app;
    this.paused = paused;
    /** Whether nobody is asked anywhere. */
    this.all = !paused.areas;
  }

  /** Of an area in which nobody is asked: why the interview can't go on. What was begun before is finished.
   * @param {number} node @param {any} answer @returns {string | null} */
  here(node, answer) {
    const { at, why, until, areas = [], node: question } = this.paused;
    const { ui } = this.#app;
    const is = node === question && areas.some((area) => [answer].flat().includes(area));
    const isBefore = Date.parse(this.#app.session.started) < Date.parse(at);
    if (!is || isBefore) return null;
    // The reason stands last: nobody knows how its sentence ends.
    return [ui.t('paused_area'), until && ui.t('paused_until', { day: ui.date(until) }), why].filter(Boolean).join(' ');
  }

  /** What becomes of responses is told by the line at the foot. */
  hear() {
    return false;
  }

  /** Shown in place of the form. */
  draw() {
    const { ui, texts, form } = this.#app;
    document.body.dataset.screen = 'done';
    document.body.dataset.state = 'stopped';
    $('bar').hidden = true;
    const title = texts[form.title];
    if (typeof title === 'string') $('title').textContent = title;
    const key = this.paused.closed ? 'closed' : 'paused';
    $('screen').replaceChildren(
      h('div', { className: 'outcome', role: 'status' },
        h('h2', { className: 'label', tabIndex: -1 }, ui.t(`${key}_title`)), h('p', {}, ui.t(`${key}_text`)), ...reasons(ui, this.paused)),
      button(ui.t('paused_again'), () => this.#app.startNew(), { id: 'again', className: 'big' }));
  }
}

/** @param {any} app whose form says that it is paused @returns {Promise<Stop>} */
export async function stop(app) {
  await app.ui.more('paused');
  return new Stop(app, app.form.paused);
}
