// Without a Chromium, the tests fail and say what to do.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { launchChromium } from './chromium.mjs';

let before;
beforeEach(() => (before = process.env.CHROME_BIN));
afterEach(() => {
  if (before === undefined) delete process.env.CHROME_BIN;
  else process.env.CHROME_BIN = before;
});

it('a CHROME_BIN that is not there is named', async () => {
  process.env.CHROME_BIN = '/nowhere/chromium';
  await assert.rejects(launchChromium(), /CHROME_BIN names \/nowhere\/chromium, which is not there/);
});

it('one that does not start is named, with what to do', async () => {
  process.env.CHROME_BIN = process.execPath;
  await assert.rejects(launchChromium(), (/** @type {Error} */ error) => {
    assert.match(
      error.message,
      /^Chromium does not start \(.*node\)\. Install Chrome or Chromium \(Debian: apt-get install chromium\)/,
    );
    return true;
  });
});
