// Builds the page around ODK Web Forms and serves it with a form's XML, compressed, as a careful host would: named by
// what it holds so that phones may keep it, and everything that the first question needs asked for at once.
// Usage: node serve.mjs FORM.xml; prints its port.

import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const { outputFiles, metafile } = await build({
  absWorkingDir: import.meta.dirname, entryPoints: ['page.mjs'], outdir: 'built', write: false, metafile: true,
  bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
});

/** The entry and what it can't do without. */
function needed(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: next, kind } of metafile.outputs[path].imports) if (kind === 'import-statement') needed(next, found);
  return found;
}

const first = [...needed('built/page.js')].map((path) => path.replace('built', ''));
const css = Object.keys(metafile.outputs).filter((path) => path.endsWith('.css')).map((path) => path.replace('built', ''));
const page = [
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
  '<title>Web Forms</title><link rel="icon" href="data:,">', ...css.map((path) => `<link rel="stylesheet" href="${path}">`),
  '<link rel="preload" href="/form.xml" as="fetch" crossorigin>', ...first.map((path) => `<link rel="modulepreload" href="${path}">`),
  '<script type="module" src="/page.js"></script></head><body><div id="app"></div></body></html>',
].join('\n');

const kinds = { js: 'text/javascript', css: 'text/css', xml: 'application/xml' };
const files = new Map([
  ['/', ['text/html', gzipSync(page, { level: 9 })]],
  ['/form.xml', [kinds.xml, gzipSync(await readFile(process.argv[2]), { level: 9 })]],
  ...outputFiles.map(({ path, contents }) => {
    const name = `/${path.split('/built/').at(-1)}`;
    return [name, [kinds[name.split('.').at(-1)], gzipSync(contents, { level: 9 })]];
  }),
]);

const server = createServer(({ url }, answer) => {
  const [kind, bytes] = files.get(new URL(url, 'http://localhost').pathname) ?? [];
  if (!bytes) return answer.writeHead(404).end();
  return answer.writeHead(200, { 'Content-Type': kind, 'Content-Encoding': 'gzip', 'Content-Length': bytes.length, 'Cache-Control': 'max-age=31536000' }).end(bytes);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
