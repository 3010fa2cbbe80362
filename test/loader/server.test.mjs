// The package on a server: it can be imported, as a module and by require, and
// says that it needs a page.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.cwd() + '/package.json'));
const common = require('tccc-loader');
const module = await import(pathToFileURL(require.resolve('tccc-loader').replace(/\.cjs$/, '.js')).href);

test('nothing is touched at import', () => {
  assert.equal(typeof window, 'undefined');
  assert.equal(globalThis.tccc, undefined);
});

for (const [kind, loader] of Object.entries({ common, module })) {
  test(kind, async (t) => {
    await t.test('has load and unload', () => assert.deepEqual(Object.keys(loader).sort(), ['load', 'unload']));
    await t.test('load rejects without a page', () => assert.rejects(loader.load({ sdkURL: 'https://x.test/sdk/tcccSdk.js' }),
      { name: 'UnsupportedBrowser', code: 1003, status: 'error', recoverable: false }));
    for (const bad of [undefined, {}, { url: '' }, { url: 7 }]) {
      await t.test('load rejects ' + JSON.stringify(bad), () => assert.rejects(loader.load(bad), { name: 'InvalidOptions', code: 1001 }));
    }
    await t.test('unload does nothing', () => assert.equal(loader.unload(), undefined));
  });
}

test('import by name gives the module', async () => {
  assert.match(require.resolve('tccc-loader'), /index\.cjs$/);
  assert.equal(typeof require('tccc-loader/package.json').version, 'string');
});
