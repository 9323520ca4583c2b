/**
 * Builds the wasm kernels from their C: `npm run kernel`, or `npm run kernel -- --check` to build them anew and compare
 * byte by byte. The built files are committed, so nobody else needs a compiler.
 *
 * A built file carries its source's digest and its compiler in a custom section, `built-from`, so that a source changed
 * without being rebuilt is found where no compiler is.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Kernel {
  readonly source: string;
  readonly built: string;
  readonly exports: readonly string[];
}

export const KERNELS: readonly Kernel[] = [
  {
    source: 'src/retrieval/kernels/scan.c',
    built: 'src/retrieval/kernels/scan.wasm',
    exports: ['scan', '__heap_base'],
  },
  {
    source: 'test/bench/baselines.c',
    built: 'test/bench/baselines.wasm',
    exports: ['scanFloats', 'readBytes', '__heap_base'],
  },
];

const FLAGS = ['--target=wasm32', '-O3', '-msimd128', '-nostdlib', '-fno-builtin', '-Wall', '-Wextra', '-Werror'];
const LINKED = ['--no-entry', '--strip-all', '-z,stack-size=4096', '--stack-first'];
const SECTION = 'built-from';
const TO_INSTALL = 'clang and lld are needed: apt-get install -y clang lld';

/** `14.0.6`, or null where there is no clang. */
export function compilerVersion(): string | null {
  const { stdout } = spawnSync('clang', ['--version'], { encoding: 'utf8' });
  return /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
}

export function digestOf(source: string): string {
  return createHash('sha256').update(readFileSync(source)).digest('hex');
}

/** What a built file says of its making; null where it says nothing. */
export async function builtFrom(wasm: Uint8Array<ArrayBuffer>): Promise<{ sha256: string; clang: string } | null> {
  const [section] = WebAssembly.Module.customSections(await WebAssembly.compile(wasm), SECTION);
  return section ? (JSON.parse(new TextDecoder().decode(section)) as { sha256: string; clang: string }) : null;
}

/** Throws what the compiler says. */
export function build({ source, exports }: Kernel): Uint8Array<ArrayBuffer> {
  const clang = compilerVersion();
  if (clang === null) throw new Error(TO_INSTALL);
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const out = join(folder, 'built.wasm');
    const linked = [...LINKED, ...exports.map((name) => `--export=${name}`)].map((flag) => `-Wl,${flag}`);
    const { status, stderr, error } = spawnSync('clang', [...FLAGS, ...linked, '-o', out, source], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`clang failed on ${source}:\n${error?.message ?? stderr}\n${TO_INSTALL}`);
    return withSection(readFileSync(out), JSON.stringify({ sha256: digestOf(source), clang }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Custom sections may follow the last one (WebAssembly Core Specification 2.0, 5.5.3): 0, length, name, bytes. */
function withSection(wasm: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  const [name, content] = [SECTION, text].map((part) => Buffer.from(part));
  if (!name || !content) throw new Error('unreachable');
  const body = Buffer.concat([Buffer.from([name.length]), name, content]);
  // The length as LEB128; two bytes hold up to 16,383.
  const length = [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Uint8Array.from(Buffer.concat([wasm, Buffer.from([0, ...length]), body]));
}

async function main(check: boolean): Promise<void> {
  const clang = compilerVersion();
  if (clang === null) throw new Error(TO_INSTALL);
  for (const kernel of KERNELS) {
    const fresh = build(kernel);
    if (!check) {
      writeFileSync(kernel.built, fresh);
      console.log(`${kernel.built}: ${String(fresh.length)} bytes, clang ${clang}`);
      continue;
    }
    const committed = Uint8Array.from(readFileSync(kernel.built));
    if (Buffer.compare(committed, fresh) === 0) {
      console.log(`${kernel.built}: the same`);
      continue;
    }
    const was = (await builtFrom(committed))?.clang ?? 'an unknown version';
    console.log(`${kernel.built}: differs (built with clang ${was}, compared with ${clang})`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.includes('--check')).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
