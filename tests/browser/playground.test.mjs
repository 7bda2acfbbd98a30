// The playground as a user sees it: the real worker under wrangler dev, and the page in a real Chromium.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { startPlayground } from '../../sim/playground.mjs';
import { startStage } from '../../sim/demo/stage.mjs';
import { eventually } from '../../testing/eventually.mjs';
import { launchChromium } from './chromium.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// Pictures for people; every run overwrites them.
const PICTURES = join(tmpdir(), 'drawbridge-playground');
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

// The outcome of each scenario: status, code, and the step that stops it. It is written down here again on
// purpose.
const SCENARIOS = `
From a Merchant Center application, through its gateway
  GET · 200
  GET with a query · 200
  GET, permissions asked for · 200
  POST with a body · 200
  GET with forged identity headers · 200
  GET of an ambiguous path (%2f) · 400 · path_ambiguous · 2
What a route demands
  a public route, without a token · 200
  a permission that the user has · 200
  the same, permissions not asked for · 403 · permission_denied · 7
  a method that the route does not take · 405 · method_not_allowed · 3
  a path without a route · 404 · route_unknown · 3
  a backend that is gone · 502 · upstream_unreachable · 8
From a JTL front end, with X-Session-ID
  GET · 200
  POST with a body · 200
  GET with forged identity headers · 200
  expired · 401 · token_expired · 6
  tampered payload · 401 · signature_invalid · 5
  tampered signature · 401 · signature_invalid · 5
  alg: none · 401 · algorithm_not_allowed · 5
  HMAC with the public key · 401 · algorithm_not_allowed · 5
Straight to the worker, with a changed or stolen token
  no token · 401 · token_missing · 4
  two tokens, both valid · 400 · credential_ambiguous · 4
  expired · 401 · token_expired · 6
  wrong audience: stolen from another path · 401 · audience_mismatch · 6
  wrong issuer · 401 · issuer_mismatch · 6
  wrong type · 401 · claim_mismatch · 6
  tampered payload · 401 · signature_invalid · 5
  tampered signature · 401 · signature_invalid · 5
  signed with the attacker's own key · 401 · signature_invalid · 5
  the same, with that key in the token · 401 · signature_invalid · 5
  alg: none · 401 · algorithm_not_allowed · 5
  HMAC with the public key · 401 · algorithm_not_allowed · 5
  a claim twice · 401 · claims_malformed · 6
  unknown critical extension · 401 · header_critical · 5
Keys replaced: the worker fetches the new set when it meets a new key
  Merchant Center, new key · 200
  Merchant Center, token of the old key · 401 · key_unknown · 5
  JTL, new key · 200
Key sets cannot be had
  Merchant Center, set older than fresh · 200
  JTL, set older than fresh · 200
  another region, set never seen · 503 · keys_unavailable · 5
  another region, once it is up again · 200`;

let stage;
let playground;
let browser;
let pages = [];
let complaints = [];

before(
  async () => {
    mkdirSync(PICTURES, { recursive: true });
    [stage, browser] = await Promise.all([startStage(new AbortController().signal), launchChromium()]);
    playground = await startPlayground(stage);
  },
  { timeout: 90_000 },
);
after(async () => {
  await browser?.close();
  await playground?.close();
  await stage?.close();
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
  assert.deepEqual(complaints.splice(0), [], 'the page complains in the console');
});

/** Opens the page and waits for the first request's story. */
async function open(
  /** @type {import('playwright-core').BrowserContextOptions} */ { viewport = WIDE, ...options } = {},
) {
  const context = await browser.newContext({ viewport, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  pages.push(page);
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on(
    'request',
    (request) => new URL(request.url()).origin === playground.url || complaints.push(`a request to ${request.url()}`),
  );
  await page.goto(playground.url);
  await page.waitForSelector('.verdict');
  return page;
}

const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
const idle = (page) => page.waitForSelector('#story[aria-busy=false]');
const scenario = (page, what, group = 0) =>
  page
    .locator('#scenarios details')
    .nth(group)
    .locator('.scenario')
    .filter({ has: page.getByText(what, { exact: true }) });
const outcome = async (page) => [
  await page.locator('.verdict .status').textContent(),
  await page.locator('.verdict .code').textContent(),
];

/** Does something that sends a request, waits for its story, and returns `[status, code]`. */
async function sending(page, act) {
  await act();
  await idle(page);
  return outcome(page);
}

async function checkAccessibility(page, what) {
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
    RULES,
  );
  assert.ok(passes.length > 20);
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`,
  );
  assert.deepEqual(found, [], what);
}

const noSidewaysScroll = async (page, what) => {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window_, `${what}: ${content} px in ${window_}`);
};

describe('the playground', { timeout: 300_000 }, () => {
  it('shows on its first screen what it is, and a verified request', async () => {
    for (const [name, viewport] of Object.entries({ wide: { width: 1280, height: 720 }, phone: PHONE })) {
      const page = await open({ viewport });
      assert.deepEqual(await outcome(page), ['200', 'Verified and let through']);
      for (const element of ['h1', 'header p', '.verdict', '.journey li']) {
        const { y, height } = await page.locator(element).first().boundingBox();
        assert.ok(y >= 0 && y + height <= viewport.height, `${element} on ${name}`);
      }
      assert.equal(await page.locator('.steps .passed').count(), 8);
      await picture(page, `first-${name}`);
    }
  });

  it('sends every scenario, and each comes to what it must', async () => {
    const page = await open();
    const lines = [''];
    const groups = page.locator('#scenarios details');
    for (let g = 0; g < (await groups.count()); g += 1) {
      const group = groups.nth(g);
      lines.push(await group.locator('h3').textContent());
      if (!(await group.evaluate((details) => details.open))) await group.locator('summary').click();
      for (const button of await group.locator('.scenario').all()) {
        const what = await button.locator('.what').textContent();
        const [status, code] = await sending(page, () => button.click());
        assert.equal(await button.getAttribute('aria-current'), 'true');
        assert.equal(await page.locator('.differs').count(), 0, what);
        const stopped = await page
          .locator('.steps li.stopped')
          .evaluateAll((items) => items.map((item) => [...item.parentElement.children].indexOf(item) + 1));
        lines.push(`  ${[what, status, ...(stopped.length > 0 ? [code, ...stopped] : [])].join(' · ')}`);
        const nothing = (await page.locator('.nothing').count()) === 1;
        assert.equal(nothing, stopped.length > 0, `${what}: whether the backend was reached`);
        // People who cannot see the page hear the same.
        assert.match(
          await page.locator('#announcement').textContent(),
          new RegExp(
            stopped.length > 0
              ? `refused with ${status} ${code} at step ${stopped}.* received nothing\\.$`
              : `passed with ${status}.* received the request\\.$`,
          ),
        );
      }
    }
    assert.equal(lines.join('\n'), SCENARIOS);
    assert.deepEqual(
      stage.keyEndpoints.map(({ faults }) => faults.jwks.mode),
      ['ok', 'ok', 'ok', 'ok'],
      'everything is up again',
    );
  });

  it('shows what the worker added and what it removed', async () => {
    const page = await open();
    await sending(page, () => scenario(page, 'GET with forged identity headers').click());
    const row = (kind) =>
      page
        .locator(`.headers tr.${kind}`)
        .evaluateAll((rows) => rows.map((one) => [...one.cells].map((cell) => cell.textContent)));
    const added = await row('identity');
    assert.deepEqual(
      added.map(([name]) => name),
      ['x-verified-expires', 'x-verified-issuer', 'x-verified-project', 'x-verified-provider', 'x-verified-user'],
    );
    assert.deepEqual(added.at(-1), ['x-verified-user', 'user-1', 'added by Drawbridge']);
    const removed = await row('removed');
    assert.deepEqual(
      removed.slice(0, 3).map(([name, value]) => [name, value]),
      [
        ['x-verified-user', 'admin'],
        ['X_Verified_User', 'admin'],
        ['x-verified-tenant', 'tenant-9'],
      ],
    );
    assert.match(removed[3].join(' '), /^Authorization Bearer eyJ.*removed: the token itself/);
    assert.equal(removed.length, 4);
    assert.match(
      await page
        .locator('.headers .removed del')
        .first()
        .evaluate((del) => getComputedStyle(del).textDecorationLine),
      /line-through/,
    );
    await picture(page, 'forged');
  });

  it('shows a refusal with its status, headers and problem document', async () => {
    const page = await open();
    await page.locator('#scenarios summary').nth(3).click();
    await sending(page, () => scenario(page, 'expired', 3).click());
    const answer = page.locator('#story details', { hasText: 'What the caller got back' });
    assert.equal(await answer.evaluate((details) => details.open), true);
    const problem = JSON.parse(await answer.locator('pre').textContent());
    assert.deepEqual(
      [problem.code, problem.status, problem.type],
      ['token_expired', 401, 'urn:drawbridge:problem:token_expired'],
    );
    assert.match(await answer.locator('tr', { hasText: 'WWW-Authenticate' }).textContent(), /error="invalid_token"/);
    assert.match(
      await page.locator('.verdict').textContent(),
      /Refused at step 6, Claims\. The token expired \d+ s ago\./,
    );
  });

  it('explains an audience: what was forwarded to, what the gateway wrote, what the worker expects', async () => {
    const page = await open();
    const worker = stage.configuration.public_url;
    const shown = async (name) => {
      const result = await sending(page, () => page.getByRole('button', { name, exact: true }).click());
      const codes = await page.locator('#comparison dd > code:first-child').allTextContents();
      return { result, codes, marks: await page.locator('#comparison mark').allTextContents() };
    };
    const good = await shown('As it should be');
    assert.deepEqual(good, {
      result: ['200', 'Verified and let through'],
      codes: [`${worker}/orders`, `${worker}/orders`, worker, `${worker}/orders`],
      marks: [],
    });
    assert.deepEqual((await shown('With a query')).codes.slice(0, 2), [`${worker}/orders?limit=5`, `${worker}/orders`]);
    const tunnel = await shown('Through a tunnel: another name');
    assert.deepEqual(
      [tunnel.result, tunnel.marks],
      [
        ['401', 'audience_mismatch'],
        ['localhost', '127.0.0.1'],
      ],
    );
    assert.match(
      await page.locator('.outcome-line').textContent(),
      new RegExp(`The token's aud must be ${worker}/orders\\.`),
    );
    await picture(page, 'audience');
    const origin = await shown('Policy: origin only');
    assert.deepEqual([origin.result, origin.marks], [['401', 'audience_mismatch'], ['/orders']]);
    assert.equal((await shown('The root')).result[0], '200');

    await page.getByLabel('X-Forward-To', { exact: true }).fill(`${worker}/orders/`);
    await page.locator('#policy').selectOption('forward-url-full-path');
    await page.getByLabel('Ask for permissions').check();
    assert.equal(
      (await sending(page, () => page.getByRole('button', { name: 'Send through the gateway' }).click()))[0],
      '200',
    );
    assert.match(
      await page.locator('.headers .identity', { hasText: 'x-verified-permissions' }).textContent(),
      /canViewOrders/,
    );
    await page.getByLabel('X-Forward-To', { exact: true }).fill('https://api.example.com/orders');
    await page.getByRole('button', { name: 'Send through the gateway' }).click();
    await page.getByRole('alert').getByText('X-Forward-To must lead to the worker here').waitFor();
    // The browser itself notes an answer of 400 in the console.
    assert.match(complaints.splice(0).join(), /^error: Failed to load resource: .* 400/);
    await sending(page, () => page.getByRole('button', { name: 'As it should be' }).click());
    assert.equal(await page.locator('#trouble').isVisible(), false);
  });

  it('judges a pasted token', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Own token' }).click();
    const field = page.getByLabel('Token', { exact: true });
    const submit = () => page.getByRole('button', { name: 'Send to the worker' }).click();
    const paste = (text) =>
      sending(page, async () => {
        await field.fill(text);
        await submit();
      });
    const made = async (name) => {
      await field.fill('');
      await page.getByRole('button', { name }).click();
      await eventually(async () => assert.match(await field.inputValue(), /^eyJ/));
      return field.inputValue();
    };
    const token = await made('A Merchant Center token');
    assert.equal((await sending(page, submit))[0], '200');
    assert.match(await page.locator('.headers .identity', { hasText: 'x-verified-user' }).textContent(), /user-1/);
    assert.equal((await paste(`  Bearer ${token}\n`))[0], '200', 'with what one copies along');
    const at = token.length - 100;
    assert.deepEqual(await paste(token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)), [
      '401',
      'signature_invalid',
    ]);
    assert.deepEqual(await paste(''), ['401', 'token_missing']);
    assert.deepEqual(await paste('not.a.token'), ['401', 'token_malformed']);
    assert.deepEqual(await paste('x'.repeat(17_000)), ['401', 'token_too_large']);
    await page.getByLabel('Path').fill('/refunds');
    assert.deepEqual(await paste(token), ['401', 'audience_mismatch']);
    assert.deepEqual(await page.locator('#story mark').allTextContents(), ['order', 'refund']);

    await made('A JTL session token');
    assert.equal(await page.getByLabel('Header', { exact: true }).inputValue(), 'x-session-id');
    assert.equal((await sending(page, submit))[0], '200');
    assert.match(
      await page.locator('.headers .identity', { hasText: 'x-verified-tenant' }).first().textContent(),
      /tenant-1/,
    );
  });

  it('takes no markup from anywhere', async () => {
    const page = await open();
    const evil = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'><svg onload=window.pwned=1>`;
    const region = stage.gateway.regions['gcp-eu'];
    const tokens = [
      await region.token({
        audience: `${stage.worker.url}/orders`,
        claims: { sub: evil, [evil]: evil, iss: evil },
        header: { kid: evil },
      }),
      await region.token({ audience: evil }),
      await region.token({ audience: `${stage.worker.url}/orders`, claims: { sub: evil } }),
      evil,
    ];
    await page.getByRole('link', { name: 'Own token' }).click();
    for (const token of tokens) {
      await page.getByLabel('Token', { exact: true }).fill(token);
      await sending(page, () => page.getByRole('button', { name: 'Send to the worker' }).click());
      await page.locator('#story > details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
      assert.match(await page.locator('#story').textContent(), /<img src=x onerror=/, 'it is shown as it is');
      assert.deepEqual(
        await page.evaluate(() => [
          document.querySelectorAll('#story :is(img, script, svg, iframe)').length,
          globalThis.pwned,
        ]),
        [0, undefined],
      );
    }
    // The gateway's answer quotes what it was sent.
    await page.getByLabel('Path').fill(`/orders?x=<img/src=x/onerror=window.pwned=1>`);
    await sending(page, () => page.getByRole('button', { name: 'Send to the worker' }).click());
    await page.goto(`${playground.url}/#<img src=x onerror=window.pwned=1>`);
    await page.reload();
    await page.waitForSelector('.verdict');
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
    // If markup could be inserted, the browser would refuse it.
    assert.match(
      await page.evaluate(() => {
        try {
          document.body.innerHTML = '<b>';
          return 'inserted';
        } catch (error) {
          return error.name;
        }
      }),
      /TypeError/,
    );
    complaints = complaints.filter((text) => !/TrustedHTML/.test(text));
  });

  it('rotates keys in every way, and valid requests go on passing', async () => {
    const page = await open();
    const card = page.locator('[data-issuer=gcp-eu]');
    const published = async () => (await card.locator('.facts dd').first().textContent()).split(', ');
    const rotate = async (mode) => {
      await card.getByLabel('Key rotation').selectOption(mode);
      const before = await published();
      await card.getByRole('button', { name: 'Rotate' }).click();
      await eventually(async () =>
        assert.notDeepEqual(
          mode === 'same-kid' ? await page.locator('#announcement').textContent() : await published(),
          mode === 'same-kid' ? '' : before,
        ),
      );
      await page.waitForTimeout(1_100); // the cooldown
      assert.equal((await sending(page, () => scenario(page, 'GET').click()))[0], '200', mode);
      return published();
    };
    const [first] = await rotate('abrupt');
    assert.match(first, / \(signs\)$/);
    const announced = await rotate('announce');
    assert.deepEqual([announced.length, announced[0]], [2, first]);
    const overlapping = await rotate('overlap');
    assert.deepEqual([overlapping.length, / \(signs\)$/.test(overlapping[2])], [3, true]);
    assert.deepEqual(await rotate('same-kid'), [overlapping[2]]);
  });

  it('takes the identity provider down and up, and shows the keys ageing meanwhile', async () => {
    const page = await open();
    const card = page.locator('[data-issuer=gcp-eu]');
    const state = () => card.locator('.state').textContent();
    await sending(page, () => scenario(page, 'GET').click());
    await eventually(async () => assert.equal(await state(), 'fresh'));
    await page.getByRole('button', { name: 'Take all key sets down' }).click();
    await eventually(async () =>
      assert.deepEqual(await page.locator('.now.bad').allTextContents(), Array(4).fill('Down: connections are cut')),
    );
    await eventually(async () => assert.equal(await state(), 'stale, still in use'), 20_000);
    const age = async () => Number((await card.locator('.age').textContent()).match(/(\d+) s old/)[1]);
    const earlier = await age();
    await eventually(async () => assert.ok((await age()) > earlier), 20_000);
    assert.equal((await sending(page, () => scenario(page, 'GET').click()))[0], '200', 'what was valid stays valid');
    await card.locator('.error').getByText('Last attempt failed').waitFor();
    await picture(page, 'down');

    await page.getByRole('button', { name: 'Bring everything up' }).click();
    await eventually(async () => assert.equal(await page.locator('.now.bad').count(), 0));
    await eventually(async () => {
      await sending(page, () => scenario(page, 'GET').click());
      await page.waitForTimeout(1_000);
      assert.equal(await state(), 'fresh');
    }, 20);

    // Sets one fault at one provider.
    await card.getByLabel('Key set').selectOption('garbage');
    await card.getByRole('button', { name: 'Set' }).click();
    await card.getByText('Sends garbage', { exact: true }).first().waitFor();
    assert.deepEqual(
      stage.keyEndpoints.map(({ faults }) => faults.jwks.mode),
      ['garbage', 'ok', 'ok', 'ok'],
    );
    await card.getByRole('button', { name: 'Set' }).click();
    await eventually(async () => assert.equal(stage.keyEndpoints[0].faults.jwks.mode, 'ok'));
  });

  it('can be used with the keyboard alone, and shows where the focus is', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the result');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'result');
    await page.goto(playground.url);
    await page.waitForSelector('.verdict');

    const focus = () =>
      page.evaluate(() => {
        const { activeElement: element } = document;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const { width, height } = element.getBoundingClientRect();
        return {
          tag: element.tagName,
          id: element.id,
          text: element.textContent.trim().slice(0, 80),
          visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && width > 0 && height > 0,
        };
      });
    const tabTo = async (wanted) => {
      for (let left = 120; left > 0; left -= 1) {
        await page.keyboard.press('Tab');
        const now = await focus();
        // Between the last stop and the first, the browser's own controls have the focus.
        if (now.tag === 'BODY') continue;
        assert.ok(now.visible, `the focus cannot be seen on ${JSON.stringify(now)}`);
        if (wanted(now)) return now;
      }
      return assert.fail(`Tab does not lead to ${wanted}`);
    };
    // A group is opened, and a scenario in it is sent.
    await tabTo(({ tag, text }) => tag === 'SUMMARY' && text.startsWith('Straight to the worker'));
    await page.keyboard.press('Enter');
    await tabTo(({ text }) => text.startsWith('no token'));
    assert.deepEqual(await sending(page, () => page.keyboard.press('Space')), ['401', 'token_missing']);
    assert.match((await focus()).text, /^no token/, 'the focus stays');
    // The form for one's own token is submitted from a field.
    await tabTo(({ tag, text }) => tag === 'SUMMARY' && text === 'Your own token');
    await page.keyboard.press('Enter');
    await tabTo(({ id }) => id === 'token');
    await page.keyboard.type('x');
    await tabTo(({ id }) => id === 'path');
    assert.deepEqual(await sending(page, () => page.keyboard.press('Enter')), ['401', 'token_malformed']);
    // A key is rotated. The cards, which are updated meanwhile, leave the focus alone.
    await tabTo(({ id }) => id === 'rotation-gcp-eu');
    await page.keyboard.press('End');
    await page.waitForTimeout(1_200);
    assert.equal((await focus()).id, 'rotation-gcp-eu');
    assert.equal(await page.locator('#rotation-gcp-eu').inputValue(), 'same-kid');
    await tabTo(({ text }) => text.startsWith('Rotate'));
    await page.keyboard.press('Enter');
    await eventually(async () =>
      assert.equal(await page.locator('#announcement').textContent(), 'Merchant Center gcp-eu: New key, same key id.'),
    );
    await tabTo(({ id }) => id === 'forward-to');
    await page.keyboard.press('Enter');
    await idle(page);
    // Goes to the end, so that every stop has shown its focus.
    await tabTo(({ tag, text }) => tag === 'BUTTON' && text === 'Send through the gateway');
  });

  it('fits a phone', async () => {
    const page = await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await noSidewaysScroll(page, 'at first');
    const toggle = page.getByRole('button', { name: 'Choose another request' });
    assert.equal(await scenario(page, 'GET').isVisible(), false);
    await toggle.tap();
    await noSidewaysScroll(page, 'to choose from');
    await sending(page, () => scenario(page, 'GET with forged identity headers').tap());
    assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'result');
    assert.ok((await page.locator('.verdict').boundingBox()).y < PHONE.height, 'the result is in view');
    await page.locator('#story > details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
    await noSidewaysScroll(page, 'a story with everything open');
    await picture(page, 'phone');
    await page.getByRole('link', { name: 'Own token' }).tap();
    await page.getByLabel('Token', { exact: true }).fill('x'.repeat(3_000));
    await sending(page, () => page.getByRole('button', { name: 'Send to the worker' }).tap());
    await page.locator('#story > details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
    await noSidewaysScroll(page, 'a token of 3,000 letters');
    await sending(page, () => page.getByRole('button', { name: 'Through a tunnel: another name' }).tap());
    await noSidewaysScroll(page, 'an audience');
    await checkAccessibility(page, 'on a phone');
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    it(`is accessible, in the ${colorScheme} scheme`, async () => {
      const page = await open({ colorScheme });
      const everything = () =>
        page.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
      const background = await page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number),
      );
      assert.equal(
        background.every((part) => part < 64),
        colorScheme === 'dark',
      );
      await everything();
      await checkAccessibility(page, 'a request that passed');
      await sending(page, () => scenario(page, 'wrong audience: stolen from another path', 3).click());
      await everything();
      await checkAccessibility(page, 'an audience that differs');
      await picture(page, `refused-${colorScheme}`);
      await sending(page, () => page.getByRole('button', { name: 'Policy: origin only' }).click());
      await page.getByRole('button', { name: 'Take all key sets down' }).click();
      await page.locator('.now.bad').nth(3).waitFor();
      await checkAccessibility(page, 'key sets down');
      await page.getByRole('button', { name: 'Bring everything up' }).click();
      await eventually(async () => assert.equal(await page.locator('.now.bad').count(), 0));
    });
  }

  it('keeps still for whoever asks for that', async () => {
    const page = await open({ reducedMotion: 'reduce' });
    const moving = () =>
      page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return parseFloat(transitionDuration) > 0 || animationName !== 'none';
          }).length,
      );
    assert.equal(await moving(), 0);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    assert.ok((await moving()) > 0);
  });

  it('says when the demo is gone', async () => {
    const page = await open();
    await playground.close();
    await page.getByRole('alert').getByText('The demo does not answer').waitFor();
    complaints = complaints.filter(
      (text) => !/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED/.test(text),
    );
    playground = await startPlayground(stage, Number(new URL(playground.url).port));
    await eventually(async () => assert.equal(await page.locator('#trouble').isVisible(), false), 20_000);
    complaints = complaints.filter(
      (text) => !/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED/.test(text),
    );
  });
});
