import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { writeServiceWorker } from './src/cli/serviceWorker.ts';
import { contentSecurityPolicy, PAGE_HEADERS } from './src/host/policy.ts';

/** For visits that no service worker answers, since a static host may send no headers. The dev server injects styles, which it would forbid. */
const policyInPage: Plugin = {
  name: 'policy-in-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy() },
      injectTo: 'head-prepend',
    },
  ],
};

/** Last, since it lists the digests of all other files. */
const serviceWorker: Plugin = {
  name: 'service-worker',
  apply: 'build',
  writeBundle: { order: 'post', handler: ({ dir }) => writeServiceWorker(dir ?? 'dist') },
};

/** Some hosts serve `.mjs` as plain bytes, which browsers refuse to run. */
const output = {
  // By its own name, so that it is not kept for visitors who never use it (src/cli/serviceWorker.ts).
  chunkFileNames: ({ moduleIds }: { moduleIds: readonly string[] }) =>
    moduleIds.some((id) => id.includes('@mlc-ai/web-llm')) ? 'assets/web-llm-[hash].js' : 'assets/[name]-[hash].js',
  assetFileNames: ({ names }: { names: string[] }) =>
    names[0]?.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]',
};

/**
 * A part that a worker loads later must share nothing with the worker's own script, else it imports that script, and
 * WebKit then runs it a second time: every message would be answered twice.
 */
const workersRunOnce: Plugin = {
  name: 'workers-run-once',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const scripts = chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName);
    for (const { fileName, imports } of chunks)
      for (const script of imports.filter((name) => scripts.includes(name)))
        this.error(`${fileName} imports ${script}, which WebKit would then run twice: let the two share no module.`);
  },
};

export default defineConfig({
  // Relative, so that the built folder works wherever it is put.
  base: './',
  plugins: [svelte({ configFile: false }), policyInPage, serviceWorker],
  resolve: {
    // ONNX Runtime without its wasm inlined: the page hands it the addresses of the emitted files.
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  // Named, since what is found late reloads the page under a running browser test.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      '@mlc-ai/web-llm',
      '@noble/hashes/legacy.js',
      '@noble/hashes/sha2.js',
      'marked',
      'parse5',
      'pdfjs-dist/legacy/build/pdf.mjs',
      'pdfjs-dist/legacy/build/pdf.worker.mjs',
    ],
  },
  worker: { format: 'es', plugins: () => [workersRunOnce], rolldownOptions: { output } },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, rolldownOptions: { output } },
  server: { headers: { ...PAGE_HEADERS } },
});
