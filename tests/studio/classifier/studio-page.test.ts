// The page of the classifier service in a real browser, against a service whose answers are known.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath } from '../chromium.js';
import { FakeService, type FakeServiceOptions } from './fake-service.js';

const folder = fileURLToPath(new URL('../../../dist/studio/classifier/', import.meta.url));

describe('the files of the studio', () => {
  it('come to 60 kB at most, packed, without anything inline', () => {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());
    const bytes = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
    expect(bytes).toBeLessThanOrEqual(60_000);
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  });
});

interface Opened {
  readonly page: Page;
  readonly service: FakeService;
  readonly address: string;
  /** What the browser complained about. */
  readonly complaints: string[];
  /** Addresses that were asked for and are not the service's. */
  readonly strangers: string[];
}

const title = 'the studio in Chromium';
const absence = `${title} (skipped: there is no chromium in PATH; apt-get install chromium)`;
const views = ['try', 'table', 'thresholds', 'model', 'live'] as const;

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

  async function open(
    view: string,
    options: FakeServiceOptions = {},
    context: BrowserContextOptions = {},
  ): Promise<Opened> {
    const service = new FakeService(options);
    const address = await service.listen();
    const opened = await browser.newContext({ ...context, reducedMotion: 'reduce' });
    onTestFinished(async () => {
      await opened.close();
      service.close();
    });
    const page = await opened.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(address) && !url.startsWith(`blob:${address}`)) strangers.push(url);
    });
    await page.goto(`${address}#/${view}`);
    return { page, service, address, complaints, strangers };
  }

  async function violations(page: Page): Promise<unknown> {
    return page.evaluate(`${axe.source}; axe.run().then(({ violations }) => violations.map(
      ({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' ')))`);
  }

  /** Fills a view with all that it can show. */
  async function fill(page: Page, view: (typeof views)[number]): Promise<void> {
    if (view === 'try') await page.getByText('Raise the score most').waitFor();
    if (view === 'thresholds') await page.getByText('200 validation rows').waitFor();
    if (view === 'model') await page.locator('img.curves').waitFor();
    if (view === 'live') await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    if (view !== 'table') return;
    await page.getByLabel('Or paste a column').fill('You fool\nThank you\n=1+1\nDamn');
    await page.getByRole('button', { name: 'Use this text' }).click();
    await page.getByRole('button', { name: 'Score 4 rows' }).click();
    await page.getByRole('status').filter({ hasText: '4 rows scored' }).waitFor();
  }

  it('shows labels, scores, decisions and the words that make them', async () => {
    const { page, complaints, strangers } = await open('try');
    await page.getByLabel('Text', { exact: true }).fill('You are a fool. Thanks, please go on.');
    await page
      .getByRole('status')
      .filter({ hasText: '2 of 3 labels flagged: toxic 0.900, insult 0.950' })
      .waitFor();
    await page.locator('mark.mark-raising-4', { hasText: /^fool$/ }).waitFor();
    expect(await page.locator('mark.mark-lowering').first().innerText()).not.toBe('');
    const row = page.getByRole('row', { name: /You are a fool/ });
    expect(await row.innerText()).toContain('0.950');
    await page.locator('.score-row').filter({ hasText: 'toxic' }).click();
    await page.getByRole('heading', { name: 'Why “toxic”' }).waitFor();
    expect(await page.getByLabel('How the text was read').innerText()).toContain(
      '0123456789abcdef',
    );
    await page.getByLabel('Text', { exact: true }).fill(`long ${'text '.repeat(500)}`);
    await page.getByText('17 tokens of it did not count').waitFor();
    await page.getByLabel('Text', { exact: true }).fill(' ');
    await page.getByRole('status').filter({ hasText: 'No text yet' }).waitFor();
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('scores a file, sorts, filters and saves it', async () => {
    const { page, service, complaints, strangers } = await open('table');
    service.busy = 1;
    const csv = 'id,comment\r\n1,"Hello, ""friend"""\r\n2,You fool\r\n3,=stupid()\r\n4,\r\n';
    await page
      .getByLabel('Choose a file')
      .setInputFiles({ name: 'comments.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByText('comments.csv, 4 rows').waitFor();
    expect(await page.getByLabel('Column with the texts').inputValue()).toBe('1');
    await page.getByRole('button', { name: 'Score 4 rows' }).click();
    await page.getByRole('status').filter({ hasText: '4 rows scored' }).waitFor();
    await page.getByRole('button', { name: 'insult' }).click();
    const texts = page.locator('.scored-rows tbody .row-text');
    expect(await texts.allInnerTexts()).toEqual([
      'You fool',
      '=stupid()',
      'Hello, "friend"',
      '(empty)',
    ]);
    await page.getByLabel('Show').selectOption('any');
    expect(await texts.allInnerTexts()).toEqual(['You fool', '=stupid()']);
    await page.getByLabel('Show').selectOption('all');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as CSV' }).click();
    const saved = readFileSync(await (await saving).path(), 'utf8');
    const lines = saved.replace('\uFEFF', '').split('\r\n');
    expect(lines[0]).toBe(
      'id,comment,toxic_score,insult_score,identity_hate_score,toxic_flagged,insult_flagged,identity_hate_flagged',
    );
    expect(lines[1]).toBe('2,You fool,0.9,0.95,0.02,1,1,0');
    expect(lines[2]).toBe("3,'=stupid(),0.8,0.6,0.01,1,0,0");
    expect(lines[3]).toMatch(/^1,"Hello, ""friend""",/);
    expect(lines[4]).toBe('4,,,,,,,');
    await page.getByRole('button', { name: 'You fool' }).click();
    expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('You fool');
    expect(complaints.filter((text) => !text.includes('503'))).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('shows 10,000 rows with few elements, and cancels', async () => {
    const { page, service } = await open('table', { milliseconds: 20 });
    const text = Array.from({ length: 10_000 }, (_, row) => `row ${row}`).join('\n');
    const file = { name: 'rows.txt', mimeType: 'text/plain', buffer: Buffer.from(text) };
    await page.getByLabel('Choose a file').setInputFiles(file);
    await page.getByRole('button', { name: 'Score 10,000 rows' }).click();
    await page.getByRole('button', { name: 'row 0', exact: true }).waitFor();
    expect(await page.locator('.scored-rows tr').count()).toBeLessThan(60);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^Cancelled after/ })
      .waitFor();
    expect(service.texts).toBeLessThan(10_000);
    await page.getByRole('button', { name: 'row 0', exact: true }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.innerText')).toBe('row 9998');
    expect(await page.locator('.scored-rows tr').count()).toBeLessThan(60);
  });

  it('moves thresholds and puts them in force with the key of an administrator', async () => {
    const { page, service } = await open('thresholds');
    const label = page.getByRole('region', { name: 'toxic' });
    const before = await label.locator('.threshold-figure').allInnerTexts();
    await label.getByRole('slider').press('End');
    const after = await label.locator('.threshold-figure').allInnerTexts();
    expect(after).not.toEqual(before);
    expect(after.slice(1)).toEqual(['0.000', '0.000', '0 %']);
    await label.getByRole('spinbutton').fill('0.6');
    await page.getByText('1 change to apply').waitFor();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'takes the key of an administrator' })
      .waitFor();
    expect(service.thresholds[0]).toBe(0.5);
    await page.getByLabel('Administrator’s key').fill('admin');
    await page.getByRole('button', { name: 'Compare on traffic' }).click();
    await page.getByText('Not in force yet.').waitFor();
    expect(service.thresholds[0]).toBe(0.5);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('In force as version 2.').waitFor();
    expect(await page.getByRole('row', { name: /toxic/ }).innerText()).toMatch(/10\.0 %\s+25\.0 %/);
    expect(service.thresholds[0]).toBe(0.6);
    await page.getByRole('heading', { name: 'As in force' }).waitFor();
    await page.getByText('As JSON').click();
    expect(await page.getByLabel('Thresholds as JSON').innerText()).toContain('"toxic": 0.6');
  });

  it('says so where there are no validation scores', async () => {
    const { page, complaints } = await open('thresholds', { hasValidation: false });
    await page.getByText('stored without the scores of its validation rows').waitFor();
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('shows the model card as text, and asks nobody else for its images', async () => {
    const { page, complaints, strangers } = await open('model');
    await fill(page, 'model');
    const card = page.locator('.markdown');
    expect(await card.innerText()).toContain('<img src=x onerror="document.title=1">');
    expect(await card.locator('img').count()).toBe(1);
    expect(await card.getByRole('link').allInnerTexts()).toEqual(['texts']);
    expect(await page.locator('img.curves').evaluate('(image) => image.decode()')).toBeUndefined();
    expect(await page.getByText('English, Brazilian Portuguese').count()).toBe(1);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('shows the figures of the service, and says when it is gone', async () => {
    const { page, service } = await open('live');
    await fill(page, 'live');
    expect(await page.locator('.tile').first().innerText()).toContain('12.5 /s');
    const row = page.getByRole('row', { name: /identity hate/ });
    expect(await row.innerText()).toContain('15.0 %');
    service.close();
    await page.getByRole('status').filter({ hasText: 'Not live: The service does not' }).waitFor();
    expect(await page.locator('.tile').first().innerText()).toContain('12.5 /s');
  });

  it('asks for a key, and keeps it for the tab only', async () => {
    const { page, address } = await open('try', { key: 'secret' });
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').filter({ hasText: 'does not know that key' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('API key').fill('secret');
    await page.getByLabel('API key').press('Enter');
    await page.getByRole('heading', { name: 'Try a text' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Try a text' }).waitFor();
    expect(
      await page.evaluate('JSON.stringify([localStorage.length, sessionStorage.length])'),
    ).toBe('[0,1]');
    await page.goto(`${address}#/model`);
    await page.locator('img.curves').waitFor();
  });

  it('chooses between models', async () => {
    const { page } = await open('try', { models: ['tiny', 'other'] });
    await page.getByLabel('Model').selectOption('other');
    await page.getByLabel('How the text was read').filter({ hasText: 'other' }).waitFor();
    expect(page.url()).toMatch(/#\/try\?model=other$/);
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open('try');
    await fill(page, 'try');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('text');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('A stupid text');
    await page.getByRole('status').filter({ hasText: '1 of 3 labels flagged' }).waitFor();
    await page.getByRole('radio', { name: /toxic/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'Why “insult”' }).waitFor();
    await page.getByRole('link', { name: 'Thresholds' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Thresholds', exact: true }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN');
    expect(await page.title()).toBe('Thresholds · polytag Studio');
  });

  it('is dark or light as the reader chooses, also on the next visit', async () => {
    const { page } = await open('try', {}, { colorScheme: 'light' });
    const ground = (): Promise<unknown> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
    expect(await ground()).not.toBe(light);
    await page.reload();
    expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true);
    expect(await ground()).not.toBe(light);
  });

  const looks: [string, BrowserContextOptions][] = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
    ['on a phone, dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ];

  it.each(looks)('has nothing that axe objects to in any view: %s', async (_, options) => {
    const { page, address, complaints } = await open('try', {}, options);
    for (const view of views) {
      await page.goto(`${address}#/${view}`);
      await fill(page, view);
      expect(await violations(page), view).toEqual([]);
      const fits = 'document.documentElement.scrollWidth <= innerWidth';
      expect(await page.evaluate(fits), `${view} fits`).toBe(true);
    }
    expect(complaints).toEqual([]);
  });
});
