// The screen in view: questions, the question whether there is another one, the review, the outcome. It keeps the
// sections whose content stays the same when answers change, so that the focus stays where it is.

import { mark, question } from './controls.js';
import { isAsked } from './filling.js';
import { markup } from './markup.js';
import { arranged, itemId } from './pages.js';
import { button, h } from './ui.js';
import { isBlank, isPass } from './values.js';

/** @typedef {import('./pages.js').Screen} Screen */
/** @typedef {import('./pages.js').Item} Item */

/** Draws into one element. */
export class ScreenView {
  #host;
  #app;
  #drawn = new Map();

  /** @param {HTMLElement} host @param {any} app see form.js */
  constructor(host, app) {
    this.#host = host;
    this.#app = app;
  }

  /** @param {Screen} screen */
  questions(screen) {
    this.#clear();
    this.#host.append(...this.#headings(screen));
    this.refresh(screen);
  }

  /** Draws what has changed. @param {Screen} screen @param {Item} [changed] whose control shows its answer already */
  refresh(screen, changed) {
    const before = this.#drawn;
    this.#drawn = new Map();
    const heading = this.#host.querySelector(':scope > h2');
    let place = heading ? heading.nextSibling : this.#host.firstChild;
    for (const item of screen.items) {
      const id = itemId(item);
      const kept = before.get(id);
      const signature = this.#signature(item);
      const same = kept && (kept.signature === signature || (changed && id === itemId(changed)));
      const element = same ? kept.element : this.#draw(item);
      this.#drawn.set(id, { element, signature });
      // Moving an element takes the focus away, so that only those out of place are moved.
      while (place && place !== element && !this.#stays(place, screen)) place = this.#remove(place);
      if (place === element) place = place.nextSibling;
      else this.#host.insertBefore(element, place);
    }
    while (place) place = this.#remove(place);
    if (changed) this.#recheck(changed);
  }

  /** Shows what keeps the person from going on. @returns {boolean} whether there is anything */
  problems(screen) {
    let first = null;
    for (const item of screen.items) {
      const message = this.#message(item);
      const made = mark(this.#drawn.get(itemId(item)).element, message);
      first ??= made;
    }
    first?.focus();
    first?.closest('.question').scrollIntoView({ block: 'nearest' });
    return first !== null;
  }

  /** Whether there is another one to add, and what there is. @param {Screen} screen @param {any} does see repeats.js */
  repeat(screen, does) {
    this.#clear();
    this.#host.append(...this.#headings(screen), ...this.#app.extras.repeats(this.#app, screen.items[0], does));
  }

  /** Draws anew, with what was opened, searched for and in sight as before. @param {() => void} draw */
  keeping(draw) {
    const state = () => [...this.#host.querySelectorAll('details, [type=search]')];
    const before = state().map(({ open, value }) => [open, value]);
    const sections = () => [...this.#host.querySelectorAll('.question')];
    const at = sections().findIndex((section) => section.getBoundingClientRect().bottom > 0);
    const top = sections()[at]?.getBoundingClientRect().top;
    draw();
    state().forEach((element, index) => {
      const [open, value] = before[index] ?? [];
      if (open) element.open = true;
      if (!value) return;
      element.value = value;
      element.dispatchEvent(new Event('input'));
    });
    const now = sections()[at]?.getBoundingClientRect().top;
    if (top < 0 && now !== undefined) scrollBy(0, now - top);
  }

  /** Before sending. @param {Screen[]} screens */
  review(screens) {
    const { filling, ui } = this.#app;
    // A question that only heads the columns of others is not asked.
    const asked = screens.flatMap(({ items }) => items).filter(({ node }) => {
      const { kind, appearance = [] } = filling.form.nodes[node];
      return isAsked({ kind }) && !appearance.includes('label');
    });
    const answers = asked.map(({ node, scope }) => filling.get(node, scope));
    const given = answers.filter((answer) => !isBlank(answer) && !isPass(answer)).length;
    const wrong = asked.filter(({ node, scope }) => filling.obstacle(node, scope)).length;
    this.#clear();
    this.#host.append(
      h('h2', { className: 'label', tabIndex: -1 }, ui.t('review_title')),
      h('p', {}, ui.t('review_counts', { n: given, total: asked.length })),
      h('p', {}, wrong ? ui.t('review_wrong', { n: wrong }) : ui.t('review_note')),
    );
  }

  /** After sending. @param {string} state @param {string[]} notes @param {{again: () => void, sendNow: () => void}} does */
  done(state, key, notes, { again, sendNow }) {
    const { ui } = this.#app;
    this.#clear();
    this.#host.append(h('div', { className: 'outcome', role: 'status' },
      h('h2', { className: 'label', tabIndex: -1 }, ui.t(`${key}_title`)),
      h('p', {}, ui.t(`${key}_text`)),
      ...notes.map((note) => h('p', { dir: 'auto' }, note))));
    if (!['sent', 'sending'].includes(state)) this.#host.append(button(ui.t('send_now'), sendNow, { id: 'send-now', className: 'big' }));
    this.#host.append(button(ui.t('again'), again, { id: 'again', className: 'big' }));
  }

  /** Moves the focus to the beginning, so that a screen reader reads it and Tab goes on from there. */
  focus() {
    scrollTo(0, 0);
    this.#host.querySelector('.label')?.focus({ preventScroll: true });
  }

  #clear() {
    this.#drawn = new Map();
    this.#host.textContent = '';
  }

  /** The groups around, as one small heading. A repeat tells which instance it is. */
  #headings({ headings }) {
    const { filling, ui } = this.#app;
    const parts = headings.map(({ node, scope }) => {
      const number = filling.form.nodes[node].kind === 'repeat' ? [` ${ui.number(scope.index() + 1)}`] : [];
      return h('span', {}, ...this.#rich(filling.form.nodes[node].label, { node, scope }), ...number);
    });
    return parts.length ? [h('h2', { className: 'group' }, ...parts)] : [];
  }

  #rich(text, { node, scope }) {
    return markup(this.#app.filling.parts(text, node, scope));
  }

  #draw(item) {
    const node = this.#app.filling.form.nodes[item.node];
    if (node.kind === 'group') return h('h3', { className: 'group' }, ...this.#rich(node.label, item));
    return question(item, this.#app);
  }

  /** Everything that the look of an item depends on. */
  #signature(item) {
    const { filling, seed } = this.#app;
    const node = filling.form.nodes[item.node];
    const texts = [node.label, node.hint, node.guidance].map((text) =>
      text === undefined ? '' : filling.text(text, item.node, item.scope));
    if (node.kind === 'group') return JSON.stringify(texts);
    // Whole lists stay as they are, and may be long.
    const varies = [node.choice_filter, node.choices_from, node.seed].some((reason) => reason !== undefined);
    const codes = varies ? arranged(filling, item, seed).map((choice) => choice.name) : [];
    const { node: id, scope } = item;
    return JSON.stringify([texts, codes, filling.isReadOnly(id, scope), filling.isDemanded(id, scope), filling.get(id, scope)]);
  }

  #stays(element, screen) {
    const kept = new Set(screen.items.map(itemId));
    return [...this.#drawn].some(([id, drawn]) => kept.has(id) && drawn.element === element);
  }

  #remove(element) {
    const next = element.nextSibling;
    element.remove();
    return next;
  }

  #message({ node, scope }) {
    const { filling, ui } = this.#app;
    const { kind, required_message, constraint_message, pass } = filling.form.nodes[node];
    const problem = isAsked({ kind }) ? filling.obstacle(node, scope) : null;
    if (problem === null) return this.#app.stop?.here(node, filling.get(node, scope)) ?? null;
    const own = { required: required_message, constraint: constraint_message }[problem];
    if (own !== undefined) return filling.text(own, node, scope);
    if (problem === 'required') return ui.t(pass ? 'required_pass' : 'required');
    if (problem === 'constraint') return ui.t('constraint');
    return ui.t({ integer: 'type_integer', decimal: 'type_number' }[kind] ?? 'type');
  }

  #recheck(item) {
    const { element } = this.#drawn.get(itemId(item)) ?? {};
    if (element?.querySelector('.error') && this.#message(item) === null) mark(element, null);
  }
}
