// Hides everything at once when someone comes near.

import { $ } from './ui.js';

/** Listens to the buttons that hide and show. */
export function listenToHide() {
  $('hide').addEventListener('click', () => cover(true));
  $('show').addEventListener('click', () => cover(false));
}

function cover(on) {
  $('page').hidden = on;
  $('cover').hidden = !on;
  document.title = on ? '…' : $('title').textContent;
  $(on ? 'show' : 'hide').focus();
}
