// Forms, their texts and the files of their labels on the phone. They outlive every version of the code.

const FORMS = 'baraza forms';
/** How long the network may take to say whether there is a newer form. */
const PATIENCE = 3_000;
/** Versions of a form that are kept: drafts go on with the one they were begun with. */
const VERSIONS = 5;

const versionsOf = (path) => ({ url }) => url.includes(`${path}?version=`);

/** The newest form where the network says so in time, else the one that is here.
 * @param {Request} request @param {(work: Promise<any>) => void} meanwhile */
export async function form(request, meanwhile) {
  const asked = ask(request.url);
  meanwhile(asked.catch(() => {}));
  const known = await (await caches.open(FORMS)).match(request.url);
  if (!known) return (await asked).clone();
  const late = new Promise((resolve) => { setTimeout(() => resolve(known), PATIENCE); });
  const fresh = asked.then((reply) => (reply.ok ? reply.clone() : known), () => known);
  return Promise.race([fresh, late]);
}

/** @param {string} address of a form, kept whatever is there */
export async function keepForm(address) {
  const reply = await ask(new URL(address, location.origin).href);
  if (!reply.ok && reply.status !== 404) throw new Error(`${address}: ${reply.status}`);
}

async function ask(url) {
  const reply = await fetch(url);
  if (!reply.ok) return reply;
  const cache = await caches.open(FORMS);
  const { origin, pathname } = new URL(url);
  const { version } = await reply.clone().json();
  const named = `${origin}${pathname}?version=${encodeURIComponent(version)}`;
  await Promise.all([...new Set([url, named])].map((key) => cache.put(key, reply.clone())));
  await forget(cache, pathname);
  return reply;
}

/** Old versions go, with texts and files that no kept one names. */
async function forget(cache, path) {
  const keys = await cache.keys();
  const versions = keys.filter(versionsOf(path));
  if (versions.length <= VERSIONS) return;
  await Promise.all(versions.slice(0, -VERSIONS).map((old) => cache.delete(old)));
  const forms = await Promise.all(versions.slice(-VERSIONS).map(async (key) => (await cache.match(key)).json()));
  const named = new Set(forms.flatMap(({ hash, files = {} }) => [hash.slice(0, 16), ...Object.values(files)]));
  const survey = path.replace(/form$/, '');
  const loose = keys.filter(({ url }) => {
    const { pathname, searchParams } = new URL(url);
    return pathname.startsWith(survey) && searchParams.has('v') && !named.has(searchParams.get('v'));
  });
  await Promise.all(loose.map((key) => cache.delete(key)));
}

/** What never changes at its address. @param {Request} request */
export async function lasting(request) {
  const cache = await caches.open(FORMS);
  const known = await cache.match(request.url);
  if (known) return part(known, request.headers.get('Range'));
  // A part can't be kept.
  const reply = await fetch(request.headers.has('Range') ? request : request.url);
  if (reply.status === 200) await cache.put(request.url, reply.clone());
  return reply;
}

/** Safari plays sounds only from what gives them in pieces. */
async function part(whole, range) {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined) return whole;
  const blob = await whole.blob();
  const end = last ? Math.min(Number(last) + 1, blob.size) : blob.size;
  const headers = { 'Content-Type': blob.type, 'Content-Range': `bytes ${first}-${end - 1}/${blob.size}`, 'Content-Length': String(end - Number(first)) };
  return new Response(blob.slice(Number(first), end), { status: 206, headers });
}
