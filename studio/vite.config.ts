// Builds each page into dist/studio/NAME/, from where a service serves it: files of its own, none shared.
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type InlineConfig } from 'vite';

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

const pages = ['dashboard', 'classifier'] as const;

function pageConfig(page: (typeof pages)[number]): InlineConfig {
  return {
    configFile: false,
    root: path(page),
    // Relative, so that the page also works behind a proxy that serves it under a path.
    base: './',
    logLevel: 'warn',
    build: {
      outDir: path(`../dist/studio/${page}`),
      emptyOutDir: true,
      target: 'es2022',
      // The first versions that know light-dark(), which the theme is written in.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      // Neither inline scripts nor inline files: the page's security policy allows none.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  };
}

export default defineConfig({
  builder: {
    async buildApp({ environments }) {
      for (const page of pages) await build(pageConfig(page));
      // Or Vite goes on to build what this configuration itself names, which is nothing.
      environments.client.isBuilt = true;
    },
  },
});
