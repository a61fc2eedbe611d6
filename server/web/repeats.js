// The instances of a repeat that the person extends: which there are, and what may become of them.

import { inWords, plainText } from './controls.js';
import { isAsked, isFile } from './filling.js';
import { button, h } from './ui.js';

/** Besides files: tells nothing about an instance, or could not be read. */
const UNTELLING = new Set(['geopoint', 'geotrace', 'geoshape', 'acknowledge']);

/** What tells an instance from the others: the first answer in it. @returns {string} */
function tellingOf(app, section, scope) {
  const { filling, ui } = app;
  for (const node of filling.children[section]) {
    const { kind } = filling.form.nodes[node];
    if (!filling.isRelevant(node, scope)) continue;
    const words = kind === 'group' ? tellingOf(app, node, scope)
      : isAsked({ kind }) && !isFile({ kind }) && !UNTELLING.has(kind) ? inWords(filling, { node, scope }, ui) : '';
    if (words) return words;
  }
  return '';
}

/**
 * The screen at the end of a repeat.
 * @param {any} app @param {import('./pages.js').Item} item the repeat, in the scope around it
 * @param {{add: () => void, edit: (instance: any) => void, remove: (instance: any) => void}} does
 * @returns {Node[]}
 */
export function repeats(app, { node, scope }, { add, edit, remove }) {
  const { filling, ui } = app;
  const instances = scope.instances.get(node);
  const { label: text, name } = filling.form.nodes[node];
  const label = text === undefined ? name : plainText(filling.text(text, node, scope));
  const row = (instance, at) => {
    const telling = tellingOf(app, node, instance);
    const named = [ui.number(at + 1), telling].filter(Boolean).join('. ');
    const sure = () => { if (confirm(ui.t('remove_sure', { label: `${label} ${named}` }))) remove(instance); };
    return h('li', {},
      h('bdi', {}, telling || label),
      h('span', { className: 'does' },
        button(ui.t('edit'), () => edit(instance), { 'aria-label': `${ui.t('edit')}: ${named}` }),
        button(ui.t('remove'), sure, { className: 'quiet', 'aria-label': `${ui.t('remove')}: ${named}` })));
  };
  const count = instances.length;
  return [
    h('h2', { className: 'label', tabIndex: -1 }, ui.t(count ? 'another' : 'first', { label })),
    h('ol', { className: 'instances' }, ...instances.map(row)),
    h('p', { className: 'hint' }, ui.t('so_far', { n: count })),
    button(ui.t('add'), add, { id: 'add-instance', className: 'big' }),
  ];
}
