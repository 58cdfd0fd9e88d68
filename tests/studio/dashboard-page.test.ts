// The dashboard in a real browser, over a real listener.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type HttpListener, listenHttp } from '../../src/server/http/index.js';
import { chromiumPath } from './chromium.js';
import { MovingService } from './moving-service.js';

const folder = fileURLToPath(new URL('../../dist/studio/dashboard/', import.meta.url));

function serve(port = 0): Promise<HttpListener> {
  const options = { host: '127.0.0.1', port, cors: '*', maxConnections: 10 };
  return listenHttp(new MovingService(), options);
}

interface Opened {
  readonly page: Page;
  readonly listener: HttpListener;
  /** What the browser complained about. */
  readonly complaints: string[];
  /** Every address that was asked for. */
  readonly addresses: string[];
}

describe('the files of the dashboard', () => {
  it('come to 30 kB at most, packed', () => {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());
    const bytes = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
    expect(bytes).toBeLessThanOrEqual(30_000);
    expect(paths.length).toBeGreaterThanOrEqual(3);
  });
});

it.runIf(process.env.CI === 'true')('CI has a Chromium to test the pages in', () => {
  expect(chromiumPath, 'install it: apt-get install chromium').toBeDefined();
});

const title = 'the dashboard in Chromium';
const absence = `${title} (skipped: there is no chromium in PATH; apt-get install chromium)`;

describe.skipIf(chromiumPath === undefined)(chromiumPath === undefined ? absence : title, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
      // As root, and in most containers, Chromium cannot build its sandbox; the page is our own.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  });

  afterAll(async () => {
    await browser.close();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Opened> {
    const listener = await serve();
    const context = await browser.newContext(options);
    onTestFinished(async () => {
      await context.close();
      await listener.close({ graceMilliseconds: 0 });
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const addresses: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`http://127.0.0.1:${listener.port}/`);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    return { page, listener, complaints, addresses };
  }

  function rowOf(page: Page, name: string): Locator {
    const header = page.getByRole('rowheader', { name, exact: true });
    return page.getByRole('row').filter({ has: header });
  }

  function rowValue(page: Page, name: string): Promise<string> {
    return rowOf(page, name).getByRole('cell').innerText();
  }

  it('shows the figures, and follows them, asking nobody else', async () => {
    const { page, listener, complaints, addresses } = await open();
    expect(await page.title()).toBe('tiny · Encoder service');
    const rows: [string, string][] = [
      ['Up for', '1 d 1 h'],
      ['Workers', '2'],
      ['Active clients', '12'],
      ['Texts waiting', '77'],
      ['Latency, median', '12.3 ms'],
      ['Latency, 95 %', '56.7 ms'],
      ['Latency, 99 %', '123 ms'],
      ['Latency, slowest', '20.5 s'],
      ['Requests failed', '5'],
      ['Requests refused', '6'],
      ['Texts truncated', '4,321'],
      ['Messages dropped', '7'],
      ['Replies dropped', '8'],
      ['Worker restarts', '3'],
    ];
    for (const [name, value] of rows) expect(await rowValue(page, name), name).toBe(value);
    expect(await page.locator('.setting').allInnerTexts()).toEqual(
      [
        ['cased_tokenization', 'no'],
        ['max_seq_len', 'none'],
        ['model_dir', '/models/tiny'],
        ['pooling_layer', '-2, -1'],
        ['pooling_strategy', 'REDUCE_MEAN'],
        ['server_version', '1.10.0'],
      ].map((pair) => pair.join('\n')),
    );
    const before = await rowValue(page, 'Sequences');
    await rowOf(page, 'Sequences').filter({ hasNotText: before }).waitFor();
    const tile = page.locator('.tile').filter({ hasText: 'Sequences' });
    await tile.filter({ hasText: /\d+ \/s/ }).waitFor();
    expect(await tile.locator('.chart-line').getAttribute('d')).toMatch(/^M[\d. ]+/);
    expect(complaints).toEqual([]);
    const own = `http://127.0.0.1:${listener.port}/`;
    expect(addresses.filter((address) => !address.startsWith(own))).toEqual([]);
  });

  it('shows what clients were told as text, the newest first', async () => {
    const { page, complaints } = await open();
    const messages = await page.locator('.error-message').allInnerTexts();
    expect(messages).toHaveLength(20);
    expect(messages[0]).toBe('19: <img src=x onerror="document.title=1"> is not a list of strings');
    expect(await page.locator('main img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('keeps the last figures when the service is gone, and comes back with it', async () => {
    const { page, listener } = await open();
    await listener.close({ graceMilliseconds: 0 });
    const status = page.getByRole('status');
    await status.filter({ hasText: /^No answer since \d\d:\d\d:\d\d$/ }).waitFor();
    expect(await rowValue(page, 'Texts truncated')).toBe('4,321');
    await page.getByText('The figures below are the last that it gave.').waitFor();
    const again = await serve(listener.port);
    onTestFinished(() => again.close({ graceMilliseconds: 0 }));
    await status.filter({ hasText: 'Live' }).waitFor();
    expect(await page.getByText('The figures below are the last').count()).toBe(0);
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
    ['on a phone, dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ])('has nothing that axe objects to: %s', async (_, options) => {
    const { page, listener } = await open(options);
    const check = `${axe.source}; axe.run().then(({ violations }) => violations.map(
      ({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;
    expect(await page.evaluate(check)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await listener.close({ graceMilliseconds: 0 });
    await page.getByText(/^No answer since/).waitFor();
    expect(await page.evaluate(check)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('is quiet for screen readers: one live region, whose words stay while the service answers', async () => {
    const { page } = await open();
    expect(await page.locator('[aria-live], [role=status], [role=alert], [role=log]').count()).toBe(
      1,
    );
    await page.evaluate(`
      window.changes = 0;
      new MutationObserver(() => { window.changes += 1; }).observe(
        document.querySelector('[role=status]'), { subtree: true, childList: true, characterData: true });
    `);
    const before = await rowValue(page, 'Sequences');
    await rowOf(page, 'Sequences').filter({ hasNotText: before }).waitFor();
    expect(await page.evaluate('window.changes')).toBe(0);
  });
});
