/** Installs what tests need where that is allowed: on Debian and its kin, as root. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The commands that would install them; none where they could not work. */
export function aptCommands(packages: readonly string[]): string[][] {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return [];
  return [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
  ];
}

/** Runs each in turn until the browser is there. A command that fails is told, and the next one tried. */
export function installBy(commands: readonly string[][], isThere: () => boolean): void {
  for (const [command = '', ...args] of commands) {
    if (isThere()) return;
    console.log(`No browser found; running ${[command, ...args].join(' ')}`);
    try {
      execFileSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    } catch {
      console.log(`${command} could not install one.`);
    }
  }
}
