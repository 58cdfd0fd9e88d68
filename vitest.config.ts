import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  resolve: {
    // Tests import from src/ (so types, lint and dead-export checks see them) but run what users get:
    // the compiled dist/, where worker threads find their JavaScript. `npm run build` comes first.
    alias: [{ find: /^(?:\.\.\/)+src\/(.*)$/, replacement: `${root}dist/$1` }],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
