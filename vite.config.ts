import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { CONTENT_SECURITY_POLICY, ISOLATION_HEADERS } from './src/cli/headers.ts';

/** Built pages carry the policy themselves, since a static host may send no headers. The dev server injects styles, which it would forbid. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/** Some hosts serve `.mjs` as plain bytes, which browsers refuse to run. */
const output = {
  assetFileNames: ({ names }: { names: string[] }) =>
    names[0]?.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]',
};

export default defineConfig({
  // Relative, so that the built folder works wherever it is put.
  base: './',
  plugins: [svelte({ configFile: false }), contentSecurityPolicy],
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
      'parse5',
      'pdfjs-dist/legacy/build/pdf.mjs',
      'pdfjs-dist/legacy/build/pdf.worker.mjs',
    ],
  },
  worker: { format: 'es', rolldownOptions: { output } },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, rolldownOptions: { output } },
  server: { headers: ISOLATION_HEADERS },
});
