// The engine's side: loading a form, giving answers, and reading what follows from them.

import { readFileSync } from 'node:fs';
import { engine } from './world.mjs';

const { loadForm } = await engine();

/** @param {string} file @returns {Promise<() => any>} begins a response and gives its root */
export async function load(file, language) {
  const missing = async () => new Response('', { status: 404 });
  const form = await loadForm(readFileSync(file, 'utf8'), {
    missingResourceBehavior: 'BLANK',
    fetchFormAttachment: missing,
  });
  if (form.status === 'failure') throw new Error(`${file}: ${form.error}`);
  return () => {
    const { root } = form.createInstance();
    const wanted = root.languages.find((known) => known.language === language);
    if (wanted && root.languages.length > 1) root.setLanguage(wanted);
    return root;
  };
}

/** @param {any} node @returns {string} its name in the primary instance */
export const nameOf = (node) => node.definition.nodeset.slice(node.definition.nodeset.lastIndexOf('/') + 1);

/** @param {any} node @returns {boolean} */
export const isRepeat = (node) => node.nodeType.startsWith('repeat-range');

/** @param {any} node @returns {boolean} whether instances are added and removed by hand */
export const isOpen = (node) => node.nodeType === 'repeat-range:uncontrolled';

/** Types whose blank is a text. */
const WORDS = new Set(['string', 'barcode', 'intent']);

/** Gives an answer as our side keeps it; undefined takes it away. @param {any} node @param {any} answer */
export function give(node, answer) {
  switch (node.nodeType) {
    case 'select':
      return node.selectValues([].concat(answer ?? []));
    case 'rank':
      return node.setValues(answer ?? []);
    case 'trigger':
      return node.setValue(answer === 'OK');
    default:
      return node.setValue(answer ?? (WORDS.has(node.valueType) ? '' : null));
  }
}

/** Whether answers can be given to it at all. @param {any} node */
export const takesAnswers = (node) => ['select', 'rank', 'trigger', 'input', 'range'].includes(node.nodeType);

/** What was masked because it is no longer offered is gone for good. @param {any} node */
export function forget(node) {
  give(node, [...node.currentState.value]);
}

/** @param {any} node @returns {string | null} which condition does not hold */
export const problem = (node) => node.validationState.violation?.condition ?? null;

/** @param {any} node @returns {string[] | null} codes of the choices */
export const choices = (node) => node.currentState.valueOptions?.map((choice) => choice.value) ?? null;
