/** Writes `sw.js` beside a built page: the service worker with that page and the digests of its files in it. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { build } from 'vite';
import type { Build } from '../host/contract';

const NAME = 'sw.js';
/** Larger files are not waited for when the service worker installs. */
const SHELL_FILE = 256 * 1024;
const POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>\s*/;

/** What the folder holds, as the service worker is told it. Throws when the page lacks its policy. */
export function readBuild(folder: string): Build {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  if (!POLICY.test(page)) throw new Error(`${folder}/index.html has no Content-Security-Policy to take out.`);
  const shell: Record<string, string> = {};
  const rest: Record<string, string> = {};
  const all = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length))
    .map((path) => path.split(sep).join('/'))
    // Hosts do not serve what begins with a dot.
    .filter((path) => !['index.html', NAME].includes(path) && !/(^|\/)\./.test(path));
  for (const path of all.sort()) {
    const bytes = readFileSync(join(folder, path));
    const isShell = bytes.length <= SHELL_FILE && !/^(models|adapters|samples)\//.test(path);
    (isShell ? shell : rest)[encodeURI(path)] = createHash('sha256').update(bytes).digest('hex');
  }
  return { page: page.replace(POLICY, ''), shell, rest };
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
