/**
 * Prints what was measured in this run: `npm run bench [-- --json] [-- --gpu]`. Close everything else first: the
 * figures are ratios between things that took turns, but a busy machine still blurs them.
 */
import { parseArgs } from 'node:util';
import { benchDecoding } from './decoding';
import { benchEmbedding } from './embedding';
import { benchHybrid } from './hybrid';
import { benchLanes } from './lanes';
import { benchGpu, benchPage } from './page';
import { type BenchRow, formatRows } from './rows';
import { benchStoredIndex } from './storedIndex';
import { benchVectorIndex } from './vectorIndex';

const PARTS = {
  decoding: benchDecoding,
  lanes: benchLanes,
  index: benchVectorIndex,
  hybrid: benchHybrid,
  stored: benchStoredIndex,
  embedding: benchEmbedding,
  page: benchPage,
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, gpu: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const parts: [string, () => Promise<BenchRow[]>][] = values.gpu ? [['gpu', benchGpu]] : Object.entries(PARTS);
const rows: BenchRow[] = [];
for (const [name, measure] of parts) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) process.stderr.write(`measuring ${name} ...\n`);
  const found = await measure();
  rows.push(...found);
  if (!values.json) console.log(formatRows(found));
}
if (values.json) console.log(JSON.stringify({ made: new Date().toISOString(), node: process.version, rows }, null, 1));
