/**
 * Runs every check, or those named: `tsx test/run.ts [part ...]`. Goes on after a failure and ends with
 * `N passed, M failed`, where every test and every static check counts as one.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOrInstallBrowser } from './browser';

const RESULTS = 'test-results';
const BIN = join('node_modules', '.bin');

interface Tally {
  passed: number;
  failed: number;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

interface Check {
  readonly part: string;
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A hang guard, never a measure of speed. */
  readonly minutes?: number;
  readonly before?: () => void;
  /** Tests that report themselves are shown while they run. */
  readonly live?: boolean;
  /** Unless given, the check is one test, passed by ending with 0. */
  readonly count?: (ended: Ended) => Tally;
}

/** A check that must find the planted errors; one that is content has stopped looking. */
function mustReport(...expected: readonly string[]): (ended: Ended) => Tally {
  return ({ code, output }) => {
    const missing = expected.filter((text) => !output.includes(text));
    for (const text of missing) console.log(`    did not report: ${text}`);
    return code !== 0 && missing.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  };
}

function reportOf(file: string): Record<string, unknown> | null {
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

/** A run without a report, without tests, or that failed outside its tests counts as one more failure. A skipped test is a failed one. */
function tally(passed: number, failed: number, code: number): Tally {
  const unexplained = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: failed + (unexplained ? 1 : 0) };
}

function vitest(project: string): Check {
  const report = join(RESULTS, `${project}.json`);
  return {
    part: project,
    name: `${project} tests`,
    command: [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    minutes: 30,
    live: true,
    count: ({ code }) => {
      const found = reportOf(report) ?? {};
      const passed = Number(found['numPassedTests'] ?? 0);
      return tally(passed, Number(found['numTotalTests'] ?? 0) - passed, code);
    },
  };
}

const E2E_REPORT = join(RESULTS, 'e2e.json');

const CHECKS: readonly Check[] = [
  { part: 'format', name: 'format', command: ['prettier', '--check', '.', '!public', '!test/fixtures/**/*.json'] },
  { part: 'lint', name: 'lint', command: ['eslint', '.'] },
  { part: 'types', name: 'types: page, terminal and tests', command: ['tsc', '-p', 'tsconfig.json'] },
  { part: 'types', name: 'types: rooms, without the DOM', command: ['tsc', '-p', 'tsconfig.rooms.json'] },
  { part: 'types', name: 'types: workers, without the DOM', command: ['tsc', '-p', 'src/workers/tsconfig.json'] },
  {
    part: 'types',
    name: 'types: Svelte',
    command: ['svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'],
  },
  {
    part: 'types',
    name: 'types: a planted error in TypeScript is found',
    command: ['tsc', '-p', 'test/canary/types/tsconfig.json'],
    count: mustReport('planted.ts(2,14): error TS2322'),
  },
  {
    part: 'types',
    name: 'types: a planted use of the DOM in a room is found',
    command: ['tsc', '-p', 'test/canary/rooms/tsconfig.json'],
    count: mustReport("planted.ts(2,24): error TS2584: Cannot find name 'document'"),
  },
  {
    part: 'types',
    name: 'types: a planted error in Svelte is found',
    command: [
      'svelte-check',
      '--workspace',
      'test/canary/types',
      '--tsconfig',
      './tsconfig.json',
      '--output',
      'machine',
    ],
    count: mustReport('"Planted.svelte" 3:9 "Type \'string\' is not assignable'),
  },
  { part: 'imports', name: 'import table', command: ['depcruise', 'src', '--config', 'test/importTable.mjs'] },
  {
    part: 'imports',
    name: 'import table: planted offenders are found',
    command: ['depcruise', 'test/canary/imports', '--config', 'test/importTable.mjs'],
    env: { OPENBOOK_ROOMS: 'test/canary/imports' },
    count: mustReport(
      'ui-enters-rooms-and-lab-only',
      'rooms-run-anywhere',
      'lanes-enters-only',
      'onnxruntime-web-only-in',
    ),
  },
  { part: 'deadcode', name: 'dead code', command: ['knip', '--no-progress'] },
  vitest('unit'),
  { ...vitest('browser'), before: findOrInstallBrowser },
  { part: 'build', name: 'build', command: ['vite', 'build'] },
  {
    part: 'e2e',
    name: 'end to end tests',
    command: ['playwright', 'test', '--config', 'test/e2e/playwright.config.ts', '--reporter=list,json'],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: E2E_REPORT },
    minutes: 45,
    live: true,
    before: findOrInstallBrowser,
    count: ({ code }) => {
      const stats = (reportOf(E2E_REPORT)?.['stats'] ?? {}) as Record<string, number | undefined>;
      const failed = (stats['unexpected'] ?? 0) + (stats['flaky'] ?? 0) + (stats['skipped'] ?? 0);
      return tally(stats['expected'] ?? 0, failed, code);
    },
  },
];

function run(check: Check): Promise<Ended> {
  const [program = '', ...args] = check.command;
  return new Promise((done) => {
    // Its own process group, so that a hung check takes its servers and browsers with it.
    const child = spawn(join(BIN, program), args, {
      env: { ...process.env, ...check.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const take = (bytes: Buffer) => {
      output += bytes.toString();
      if (check.live) process.stdout.write(bytes);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const guard = setTimeout(
      () => {
        output += `\nStopped: it hung for ${String(check.minutes ?? 10)} minutes.\n`;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      },
      (check.minutes ?? 10) * 60_000,
    );
    const end = (code: number) => {
      clearTimeout(guard);
      done({ code, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(1);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

async function outcomeOf(check: Check): Promise<{ ended: Ended; tally: Tally }> {
  try {
    check.before?.();
  } catch (error) {
    return { ended: { code: 1, output: String(error) }, tally: { passed: 0, failed: 1 } };
  }
  const ended = await run(check);
  const single = ended.code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  return { ended, tally: check.count ? check.count(ended) : single };
}

const named = process.argv.slice(2);
const unknown = named.filter((part) => !CHECKS.some((check) => check.part === part));
if (unknown.length > 0)
  throw new Error(`No such part: ${unknown.join(', ')}. Parts: ${[...new Set(CHECKS.map((c) => c.part))].join(', ')}.`);

for (const file of ['unit.json', 'browser.json', 'e2e.json']) rmSync(join(RESULTS, file), { force: true });
mkdirSync(RESULTS, { recursive: true });

const total: Tally = { passed: 0, failed: 0 };
const failures: string[] = [];
for (const check of CHECKS.filter(({ part }) => named.length === 0 || named.includes(part))) {
  const from = performance.now();
  if (check.live) console.log(`… ${check.name}`);
  const { ended, tally: counted } = await outcomeOf(check);
  total.passed += counted.passed;
  total.failed += counted.failed;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const counts = check.live ? `: ${String(counted.passed)} passed, ${String(counted.failed)} failed` : '';
  console.log(`${counted.failed === 0 ? '✓' : '✗'} ${check.name}${counts} (${seconds} s)`);
  if (counted.failed === 0) continue;
  failures.push(check.name);
  if (!check.live || counted.passed + counted.failed === 1) console.log(ended.output.trimEnd().replace(/^/gm, '    '));
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join('; ')}`);
console.log(`\n${String(total.passed)} passed, ${String(total.failed)} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
