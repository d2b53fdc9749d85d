// Bundles everything the browser needs into src/anello/static/dist (git-ignored, shipped in the wheel).
import { context, build } from 'esbuild';
import * as sass from 'sass';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, 'node_modules');
const out = join(here, '..', 'src', 'anello', 'static', 'dist');
const watch = process.argv.includes('--watch');

/** Compiles `.scss` entries: ours, with Tabler's parts on the load path. */
const scss = {
  name: 'scss',
  setup(b) {
    b.onLoad({ filter: /\.scss$/ }, (args) => {
      const result = sass.compile(args.path, {
        loadPaths: [join(modules, '@tabler/core/scss'), dirname(args.path)],
        quietDeps: true,
        silenceDeprecations: ['import'],
      });
      const watchFiles = result.loadedUrls.map((url) => fileURLToPath(url));
      return { contents: result.css, loader: 'css', resolveDir: dirname(args.path), watchFiles };
    });
  },
};

/** One sprite of the icons named in icons.json: `<svg><use href="…/icons.svg#user"/></svg>`. */
async function sprite() {
  const { outline, filled } = JSON.parse(await readFile(join(here, 'icons.json'), 'utf8'));
  const symbol = async (style, name, id) => {
    const svg = await readFile(join(modules, '@tabler/icons/icons', style, `${name}.svg`), 'utf8');
    const body = svg
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/^[\s\S]*?<svg[^>]*>/, '')
      .replace(/<\/svg>\s*$/, '')
      .replace(/<path[^>]*d="M0 0h24v24H0z"[^>]*\/>/, '')
      .replace(/\s+/g, ' ')
      .trim();
    const paint =
      style === 'filled'
        ? 'fill="currentColor"'
        : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${id}" viewBox="0 0 24 24" ${paint}>${body}</symbol>`;
  };
  const symbols = await Promise.all([
    ...outline.map((name) => symbol('outline', name, name)),
    ...filled.map((name) => symbol('filled', name, `${name}-filled`)),
  ]);
  await writeFile(join(out, 'icons.svg'), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`);
}

/** Compressed siblings, so that whitenoise never compresses at request time. */
async function compress() {
  for (const entry of await readdir(out, { recursive: true })) {
    if (!/\.(js|css|svg)$/.test(entry)) continue;
    const plain = await readFile(join(out, entry));
    await writeFile(join(out, `${entry}.br`), brotliCompressSync(plain));
    await writeFile(join(out, `${entry}.gz`), gzipSync(plain, { level: 9 }));
  }
}

const options = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: !watch,
  target: ['es2022', 'chrome120', 'firefox121', 'safari17'],
  legalComments: 'linked',
  logLevel: 'warning',
};
const scripts = {
  ...options,
  entryPoints: { app: 'js/app.js' },
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
};
const styles = {
  ...options,
  entryPoints: { app: 'css/app.scss', calendar: 'css/calendar.scss', analysis: 'css/analysis.scss', studio: 'css/studio.scss' },
  plugins: [scss],
  external: ['./fonts/*'],
};

await rm(out, { recursive: true, force: true });
await mkdir(join(out, 'fonts'), { recursive: true });
for (const subset of ['latin', 'latin-ext']) {
  await copyFile(
    join(modules, '@fontsource-variable/inter/files', `inter-${subset}-wght-normal.woff2`),
    join(out, 'fonts', `inter-${subset}.woff2`),
  );
}
await sprite();
if (watch) {
  for (const settings of [scripts, styles]) await (await context(settings)).watch();
  console.log('Watching frontend/ …');
} else {
  await Promise.all([build(scripts), build(styles)]);
  await compress();
}
