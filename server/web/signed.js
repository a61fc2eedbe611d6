// What the form's page says of signing in: the way back to the surveys for an enumerator, and to others that the
// survey takes answers from enumerators alone.

import { signedIn } from './enumerator.js';
import { $, Ui, button, h } from './ui.js';

/** Says it above the screen, in the language that the page is in. */
export function sayWho() {
  const enumerator = signedIn();
  const place = h('div', { id: 'who' });
  let read = false;
  $('status').before(place);
  let ui;
  const go = (address) => () => { location.href = address; };
  const write = async () => {
    ui = await Ui.in(document.documentElement.lang || 'en', ['field'], ui);
    place.lang = ui.own;
    const quiet = { className: 'quiet' };
    if (enumerator) place.replaceChildren(button(`☰ ${ui.t('to_surveys')} (${enumerator.name})`, go('/field'), { id: 'to-surveys', ...quiet }));
    else if (read) place.replaceChildren(button(ui.t('sign_in'), go('/sign-in'), { id: 'sign-in', ...quiet }));
    else {
      place.replaceChildren(h('div', { className: 'error', role: 'alert' }, h('p', {}, ui.t('form_sign_in')),
        button(ui.t('sign_in'), go('/sign-in'), { id: 'sign-in' })));
    }
  };
  // Who goes on has read it, and needs the room.
  $('next').addEventListener('click', () => {
    read = true;
    write();
  }, { once: true });
  // The language changes under the page.
  new MutationObserver(write).observe(document.documentElement, { attributeFilter: ['lang'] });
  write();
}
