/** Writes `sw.js` beside a built page: the service worker with that page and the digests of its files in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { Build } from '../host/contract';
import { filesUnder, measured } from './files';

const NAME = 'sw.js';
/**
 * What is kept once it is used: ONNX Runtime for WebGPU, WebLLM, the character maps of Asian PDFs, and the larger reader
 * with its adapters, which who pays for the line may never load.
 */
const RARE = /\.(jspi|asyncify)-|\/web-llm-|\.bcmap$|(^|\/)reader-small\//;
const POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>\s*/;

/** What the folder holds, as the service worker is told it. Throws when the page lacks its policy. */
export function readBuild(folder: string): Build {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  if (!POLICY.test(page)) throw new Error(`${folder}/index.html has no Content-Security-Policy to take out.`);
  const paths = filesUnder(folder)
    // Hosts do not serve what begins with a dot.
    .filter((path) => !['index.html', NAME].includes(path) && !/(^|\/)\./.test(path));
  const files = Object.fromEntries(paths.map((path) => [encodeURI(path), measured(join(folder, path)).sha256]));
  return { page: page.replace(POLICY, ''), files, rare: Object.keys(files).filter((path) => RARE.test(path)) };
}

/** One classic script, since not every browser takes modules here; under one name for ever, since browsers look there for the next. */
export async function writeServiceWorker(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    define: { BUILD: JSON.stringify(readBuild(folder)) },
    publicDir: false,
    build: {
      target: 'es2023',
      outDir: folder,
      emptyOutDir: false,
      copyPublicDir: false,
      modulePreload: false,
      rolldownOptions: {
        input: join(import.meta.dirname, '../workers/service.worker.ts'),
        output: { entryFileNames: NAME, format: 'iife' },
      },
    },
  });
}
