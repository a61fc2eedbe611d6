// Label text → DOM nodes: the little of Markdown and HTML that labels are written with. Text becomes text nodes and
// nothing else, whatever it says.

const TAG = /<\/?(b|i|em|strong|br|span|font|p|u|div|small|big|center|h[1-6])(\s[^<>]*)?\/?>/gi;
const INLINE = /\*\*(?=\S)([^]*?\S)\*\*|__(?=\S)([^]*?\S)__|\*(?=[^\s*])([^*]*[^\s*])\*|(^|[^\w])_(?=[^\s_])([^_]*[^\s_])_(?!\w)/;
// No answer goes into an address: whoever owns it would learn it.
const LINK = /\[([^\][\n]+)\]\((https?:\/\/[^\s()<>\ue000-\uf8ff]+)\)/;
// Values are put in as characters of the private use area while markup is read, so that none is taken for markup.
const FIRST = 0xe000;
const PLACE = /[\ue000-\uf8ff]/;

/**
 * @param {(string | {value: string})[]} parts words of the form, and answers put into them
 * @returns {Node[]}
 */
export function markup(parts) {
  const values = [];
  const source = parts
    .map((part) => (typeof part === 'string' ? part : String.fromCharCode(FIRST + values.push(part.value) - 1)))
    .join('');
  return lines(withoutTags(source), values);
}

function withoutTags(text) {
  return text
    .replace(TAG, (tag, name) => {
      if (/^(b|strong)$/i.test(name)) return '**';
      if (/^br$/i.test(name)) return '\n';
      return /^(p|div|h\d)$/i.test(name) && tag[1] === '/' ? '\n' : '';
    })
    .replace(/&nbsp;/g, '\u00a0').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')
    .trim();
}

function lines(text, values) {
  return text.split('\n').flatMap((line, index) => {
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    const nodes = heading ? [element('strong', inline(heading[1], values))] : inline(line, values);
    return index ? [document.createElement('br'), ...nodes] : nodes;
  });
}

function inline(text, values) {
  const found = LINK.exec(text);
  if (found) {
    const link = element('a', inline(found[1], values));
    // The survey stays open.
    Object.assign(link, { href: found[2], target: '_blank', rel: 'noopener noreferrer' });
    return [...inline(text.slice(0, found.index), values), link, ...inline(text.slice(found.index + found[0].length), values)];
  }
  const m = INLINE.exec(text);
  if (!m) return words(text, values);
  const bold = m[1] ?? m[2];
  const nodes = bold !== undefined
    ? [element('strong', inline(bold, values))]
    : [...words(m[4] ?? '', values), element('em', inline(m[3] ?? m[5], values))];
  return [...words(text.slice(0, m.index), values), ...nodes, ...inline(text.slice(m.index + m[0].length), values)];
}

function words(text, values) {
  if (!text) return [];
  const at = text.search(PLACE);
  if (at < 0) return [document.createTextNode(text)];
  const value = values[text.charCodeAt(at) - FIRST];
  // An answer may be written in the other direction than the label around it.
  const shown = value === undefined ? document.createTextNode(text[at]) : element('bdi', [document.createTextNode(value)]);
  return [...words(text.slice(0, at), values), shown, ...words(text.slice(at + 1), values)];
}

function element(name, children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
