// Builds the dashboard into dist/studio/dashboard/, from where the encoder service serves it.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export default defineConfig({
  root: path('dashboard'),
  // Relative, so that the page also works behind a proxy that serves it under a path.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: path('../dist/studio/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    // Neither inline scripts nor inline files: the page's security policy allows none.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
