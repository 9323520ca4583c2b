/** Finds the programs of a browser. A missing one is a failure, never a skip. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptCommands, installBy } from '../apt';

function found(names: readonly string[]): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return names
    .flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find((path) => existsSync(path));
}

/**
 * Where each program lies, the first of its names that there is; installed first where one is missing and that
 * can be. Throws what to install otherwise.
 */
export function findOrInstall<P extends string>(
  browser: string,
  programs: Readonly<Record<P, readonly string[]>>,
  packages: readonly string[],
): Record<P, string> {
  const wanted = Object.entries<readonly string[]>(programs);
  installBy(aptCommands(packages), () => wanted.every(([, names]) => found(names) !== undefined));
  return Object.fromEntries(
    wanted.map(([program, names]) => {
      const path = found(names);
      if (path === undefined)
        throw new Error(
          `${browser} cannot be tested: ${names.join(' or ')} is missing. On Debian: apt-get install ${packages.join(' ')}`,
        );
      return [program, path];
    }),
  ) as Record<P, string>;
}
