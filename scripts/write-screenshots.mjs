// Photographs the page of the classifier service for docs/studio.md. Run after `npm run build`, where chromium is in PATH:
//   npm run docs:screenshots
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');
const comments = [
  'Thank you for the sources, that settles it.',
  'You are an idiot, and so is everybody who agrees with you.',
  'I moved the paragraph to the talk page.',
  'Shut up. Nobody asked you.',
  'What a stupid edit. Learn to read.',
  'Could you say which of the two books this is from?',
  'Please stop removing the table, we agreed to keep it.',
];

async function startService() {
  const program = join(root, 'dist', 'cli', 'main.js');
  const service = spawn(
    process.execPath,
    [program, 'serve', 'toxic-comments', '--port', '0', '--log-level', 'error'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(service.stdout, 'data');
  return { service, origin: JSON.parse(line).origin };
}

async function photograph(page, name) {
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(images, `studio-${name}.png`) });
}

async function visit(page, origin) {
  await page.goto(`${origin}/`);
  await page.getByLabel('Text', { exact: true }).fill(comments[1]);
  await page.getByText('Raise the score most').waitFor();
  await photograph(page, 'try');
  await page.goto(`${origin}/#/table`);
  await page.getByLabel('Or paste a column').fill(comments.join('\n'));
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByRole('button', { name: /^Score / }).click();
  await page.getByRole('status').filter({ hasText: 'rows scored' }).waitFor();
  await photograph(page, 'table');
  await page.goto(`${origin}/#/thresholds`);
  await page.getByText('validation rows').first().waitFor();
  await photograph(page, 'thresholds');
  await page.goto(`${origin}/#/model`);
  await page.locator('img.curves').waitFor();
  await photograph(page, 'model');
  await page.goto(`${origin}/#/live`);
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await page.waitForTimeout(5000);
  await photograph(page, 'live');
}

const executablePath = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();
mkdirSync(images, { recursive: true });
const { service, origin } = await startService();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const viewport = { width: 1200, height: 800 };
  const page = await (await browser.newContext({ viewport, colorScheme: 'light' })).newPage();
  page.setDefaultTimeout(60_000);
  await visit(page, origin);
} finally {
  await browser.close();
  service.kill('SIGTERM');
}
