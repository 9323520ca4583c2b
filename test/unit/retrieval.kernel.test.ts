import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KERNELS, build, builtFrom, compilerVersion, digestOf } from '../kernel';

describe.each(KERNELS.map((kernel) => [kernel.built, kernel] as const))('%s', (_name, kernel) => {
  const committed = Uint8Array.from(readFileSync(kernel.built));

  test('was built from the source that lies beside it, and is small', async () => {
    expect((await builtFrom(committed))?.sha256).toBe(digestOf(kernel.source));
    expect(committed.length).toBeLessThan(5000);
  });

  // Another compiler's bytes may differ and be right; without one there is nothing to compare.
  test('is what its compiler makes of the source, where that compiler is installed', async () => {
    const recorded = (await builtFrom(committed))?.clang;
    expect(recorded).toMatch(/^\d+\.\d+\.\d+$/);
    if (recorded !== compilerVersion()) return;
    expect(Buffer.compare(build(kernel), committed)).toBe(0);
  });

  test('asks for nothing from outside and owns its memory', async () => {
    const module = await WebAssembly.compile(committed);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['memory', ...kernel.exports].sort());
  });
});
