// More contrast for sunlight: black on white, thick lines, larger letters. One tap, remembered.

import { $, remembered } from './ui.js';

const KEY = 'baraza-contrast';

/** Listens to the button, which shows how it stands. */
export function listenToContrast() {
  const { dataset } = document.documentElement;
  const show = () => $('contrast').setAttribute('aria-pressed', String(dataset.contrast === 'more'));
  $('contrast').addEventListener('click', () => {
    dataset.contrast = dataset.contrast === 'more' ? '' : 'more';
    remembered(KEY, dataset.contrast);
    show();
  });
  show();
}
