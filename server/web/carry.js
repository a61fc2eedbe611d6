// What an enumerator takes along to where there is no network: all surveys in all their languages, the files of their
// labels, and whatever any question may need.

import { install, keep } from './shell.js';
import { getJson, textsAddress } from './ui.js';

/** @param {{slug: string, languages: {tag: string}[]}[]} surveys @param {string} own language of the interface
 * @returns {Promise<boolean>} whether all of it is on the phone */
export async function carry(surveys, own) {
  if (!(await install())) return false;
  try {
    const here = new URL('.', import.meta.url).pathname;
    const all = await getJson(`${here}all.json`);
    const spoken = new Set([own, ...surveys.flatMap(({ languages }) => languages.map(({ tag }) => tag.split('-')[0]))]);
    const isWanted = (name) => !name.startsWith('i18n/') || spoken.has(/(\w+)\.json$/.exec(name)[1]);
    const forms = await Promise.all(surveys.map(({ slug }) => partsOf(slug)));
    return await keep([...all.filter(isWanted).map((name) => here + name), '/sign-in', ...forms.flat()]);
  } catch {
    return false;
  }
}

async function partsOf(slug) {
  const name = encodeURIComponent(slug);
  const api = `/api/surveys/${name}`;
  const form = await getJson(`${api}/form`);
  return [
    `/s/${name}`, `${api}/form`,
    ...form.languages.map((_, index) => textsAddress(slug, index, form)),
    ...Object.entries(form.files ?? {}).map(([file, mark]) => `${api}/files/${encodeURIComponent(file)}?v=${mark}`),
  ];
}
