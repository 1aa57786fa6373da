import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

test('bundled and minified it is under 5,000 bytes gzipped', async (t) => {
  const esbuild = await import('esbuild').catch(() => null);
  if (!esbuild) return t.skip('esbuild is not installed');
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes < 5_000, `${bytes} bytes`);
});
