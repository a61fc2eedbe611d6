// What an enumerator takes along to where there is no network: all surveys in all their languages, the files of their
// labels, and whatever any question may need.

import { install, keep } from './shell.js';
import { getJson } from './ui.js';

/** Characters of a digest in an address. */
const MARK = 16;

/** @param {{slug: string, languages: {tag: string}[]}[]} surveys @param {string} own language of the interface
 * @returns {Promise<boolean>} whether all of it is on the phone */
export async function carry(surveys, own) {
  if (!(await install())) return false;
  try {
    const here = new URL('.', import.meta.url).pathname;
    const all = await getJson(`${here}all.json`);
    const spoken = new Set([own, ...surveys.flatMap(({ languages }) => languages.map(({ tag }) => tag.split('-')[0]))]);
    const isWanted = (name) => !name.startsWith('i18n/') || spoken.has(/(\w+)\.json$/.exec(name)[1]);
    const forms = await Promise.all(surveys.map(({ slug }) => partsOf(encodeURIComponent(slug))));
    return await keep([...all.filter(isWanted).map((name) => here + name), '/sign-in', ...forms.flat()]);
  } catch {
    return false;
  }
}

async function partsOf(slug) {
  const api = `/api/surveys/${slug}`;
  const { hash, languages, files = {} } = await getJson(`${api}/form`);
  return [
    `/s/${slug}`, `${api}/form`,
    ...languages.map((_, index) => `${api}/texts/${index}?v=${hash.slice(0, MARK)}`),
    ...Object.entries(files).map(([name, mark]) => `${api}/files/${encodeURIComponent(name)}?v=${mark}`),
  ];
}
