// What is going on: said above the screen, and read out when it changes.

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
