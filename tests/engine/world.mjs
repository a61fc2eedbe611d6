// What the engine needs around it outside of a browser, and a clock that stands still for both sides.

import { JSDOM } from 'jsdom';

export const NOW = '2026-03-05T10:00:00.000+00:00';

const NAMES = [
  'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'Attr', 'Text', 'Comment',
  'CDATASection', 'ProcessingInstruction', 'XPathResult', 'document',
];

/** Puts up the world once; the engine looks for it while it is imported. */
export async function engine() {
  const { window } = new JSDOM('');
  globalThis.window = window;
  for (const name of NAMES) globalThis[name] = window[name];
  // The engine's parser was bundled for CommonJS, and asks where it lies although it carries its own data.
  globalThis.__dirname = '.';
  stopClock();
  return import('@getodk/xforms-engine');
}

function stopClock() {
  const Real = Date;
  const stopped = Real.parse(NOW);
  globalThis.Date = class extends Real {
    constructor(...parts) {
      super(...(parts.length ? parts : [stopped]));
    }

    static now() {
      return stopped;
    }
  };
}
