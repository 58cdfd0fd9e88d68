// Writes docs/errors.md from the catalogue of errors. Run after `npm run build`: npm run docs:errors
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorPage } from './error-page.mjs';

writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorPage());
