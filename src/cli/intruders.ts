/** Audits the built-in adapters against the built-in reader and prints what it finds: `npm run intruders [-- --top-k 10 --epsilon 0.5]`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { audit, countIntruders } from '../adapters/audit';
import { baseWeights } from '../adapters/audit/base';
import { BUILT_IN_ADAPTERS } from '../adapters/builtIn';
import { readPeft } from '../adapters/peft';
import { finish } from '../job';
import { READERS } from '../generation/models';
import { readModel } from '../onnx/model';

const PUBLIC = join(import.meta.dirname, '../../public');

async function graphOf(baseName: string): Promise<Uint8Array> {
  const source = READERS.find((one) => one.baseName === baseName)?.source;
  if (source?.kind !== 'page') throw new Error(`The page brings no reader ${baseName}.`);
  const graph = source.files.find(({ path }) => path.endsWith('.onnx'));
  return new Uint8Array(await readFile(join(PUBLIC, source.folder, graph?.path ?? '')));
}

const { values } = parseArgs({
  options: { 'top-k': { type: 'string', default: '10' }, epsilon: { type: 'string', default: '0.5' } },
});
const settings = { topK: Number(values['top-k']), epsilon: Number(values.epsilon) };
const trained = BUILT_IN_ADAPTERS.flatMap(({ id, label, forReaders }) =>
  forReaders.map((one) => ({ ...one, id, label: `${label} for ${one.baseName}` })),
);
const bases = new Map<string, ReturnType<typeof baseWeights>>();
for (const { id, label, baseName, folder, config, weights } of trained) {
  const base = bases.get(baseName) ?? baseWeights(readModel(await graphOf(baseName)), new Map());
  bases.set(baseName, base);
  const bytes = new Uint8Array(await readFile(join(PUBLIC, folder, weights.path)));
  const adapter = readPeft(id, label, await readFile(join(PUBLIC, folder, config.path), 'utf8'), bytes);
  const from = performance.now();
  const audited = await finish(audit(adapter, base, settings, new AbortController().signal));
  const ms = performance.now() - from;
  const table = countIntruders(adapter, audited);
  const total = table.flat().reduce<number>((sum, count) => sum + (count ?? 0), 0);
  console.log(
    `\n${label}: ${String(total)} of ${String(settings.topK * adapter.pairs.length)} directions are intruders (cosine below ${String(settings.epsilon)}), ${(ms / 1000).toFixed(1)} s\n`,
  );
  console.log(`| layer | ${audited.projections.map((name) => name.replace('_proj', '')).join(' | ')} |`);
  console.log(`| --- |${' --- |'.repeat(audited.projections.length)}`);
  for (const [layer, row] of table.entries())
    console.log(`| ${String(layer + 1)} | ${row.map((count) => String(count ?? '')).join(' | ')} |`);
}
