// Where a PIN is chosen or asked for.

import { plainDigits } from './controls.js';
import { $, button, h } from './ui.js';

const LEAST = 6;
const MOST = 12;

const isEasy = (pin) => new Set(Array.from(pin, (digit, index) => (Number(digit) - Number(pin[index - 1] ?? digit) + 10) % 10).slice(1)).size < 2;

/** Draws into the page's screen. */
export class LockScreen {
  #message = '';

  /** @param {any} lock see lock.js */
  constructor(lock) {
    this.lock = lock;
  }

  draw() {
    document.body.dataset.screen = 'lock';
    delete document.body.dataset.state;
    $('bar').hidden = true;
    $('hint').hidden = true;
    $('status').replaceChildren();
    delete $('status').dataset.says;
    const { ui } = this.lock.app;
    $('screen').replaceChildren(h('div', { className: 'question', lang: ui.own }, ...(this.lock.known.length ? this.#asks() : this.#chooses())));
    // In another language the texts may still have to come.
    if (!ui.texts.lock_open) ui.more('lock').then(() => this.draw(), () => {});
  }

  focus() {
    $('screen').querySelector('.label').focus();
  }

  #t(key, values) {
    return this.lock.app.ui.t(key, values);
  }

  #field(id, enter) {
    const describedBy = this.#message ? 'lock-error' : undefined;
    const invalid = this.#message ? 'true' : undefined;
    const input = h('input', { id, type: 'text', inputMode: 'numeric', autocomplete: 'off', maxLength: MOST, className: 'short', 'aria-describedby': describedBy, 'aria-invalid': invalid });
    // A field for passwords would be offered to be remembered by the browser.
    input.style.webkitTextSecurity = 'disc';
    // The frame of the focus would cut the words above.
    input.style.marginBlockStart = '.5rem';
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      enter();
    });
    return input;
  }

  #error() {
    return this.#message ? h('p', { id: 'lock-error', className: 'error', role: 'alert' }, this.#message) : null;
  }

  #say(message, field) {
    this.#message = message;
    this.draw();
    $(field)?.focus();
  }

  #chooses() {
    const { lock } = this;
    const pin = (id) => plainDigits($(id).value.trim());
    const choose = async () => {
      if (!/^\d+$/.test(pin('pin')) || pin('pin').length < LEAST) return this.#say(this.#t('lock_short'), 'pin');
      if (isEasy(pin('pin'))) return this.#say(this.#t('lock_easy'), 'pin');
      if (pin('pin') !== pin('pin-again')) return this.#say(this.#t('lock_differ'), 'pin');
      $('choose-pin').disabled = true;
      return lock.choose(pin('pin'));
    };
    return [
      h('h2', { className: 'label', tabIndex: -1 }, this.#t('lock_choose_title')),
      h('p', {}, this.#t(lock.seals ? 'lock_choose' : 'lock_plain')),
      h('p', {}, h('strong', {}, this.#t('lock_forgotten'))),
      h('details', {}, h('summary', {}, this.#t('lock_limits_title')), h('p', {}, this.#t(lock.seals ? 'lock_limits' : 'lock_waiting'))),
      this.#error(),
      h('p', {}, h('label', { htmlFor: 'pin' }, this.#t('lock_pin')), this.#field('pin', () => $('pin-again').focus())),
      h('p', {}, h('label', { htmlFor: 'pin-again' }, this.#t('lock_again')), this.#field('pin-again', choose)),
      button(this.#t('lock_set'), choose, { id: 'choose-pin', className: 'big' }),
    ].filter(Boolean);
  }

  #asks() {
    const { lock } = this;
    const open = async () => {
      const typed = plainDigits($('pin').value.trim());
      $('open').disabled = true;
      if (await lock.open(typed)) return;
      const seconds = Math.ceil(lock.pause / 1000);
      this.#say(this.#t(seconds ? 'lock_wait' : 'lock_wrong', { n: seconds }), 'pin');
    };
    const anew = async () => {
      if (!confirm(this.#t('lock_anew_sure'))) return;
      await lock.anew();
      this.#message = '';
      this.draw();
      this.focus();
    };
    const press = button(this.#t('lock_open'), open, { id: 'open', className: 'big' });
    press.disabled = lock.pause > 0;
    if (press.disabled) setTimeout(() => { press.disabled = false; }, lock.pause);
    return [
      h('h2', { className: 'label', tabIndex: -1 }, this.#t('lock_open_title')),
      this.#error(),
      h('p', {}, h('label', { htmlFor: 'pin' }, this.#t('lock_pin')), this.#field('pin', open)),
      press,
      h('details', {}, h('summary', {}, this.#t('lock_forgot')), h('p', {}, this.#t('lock_forgotten')),
        button(this.#t('lock_anew'), anew, { id: 'anew' })),
    ].filter(Boolean);
  }
}
