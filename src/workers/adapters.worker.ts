/** Reads, audits and exports adapters, beside the reader that goes on writing. */
import { type Audited, audit, countIntruders, mitigated } from '../adapters/audit';
import { type BaseWeights, baseWeights } from '../adapters/audit/base';
import { exportMix, weightsOf } from '../adapters/export';
import { type PeftAdapter, readPeft } from '../adapters/peft';
import { readAddress } from '../adapters/sources/address';
import { fetchAdapter } from '../adapters/sources/fetching';
import { type AdapterFiles, CONFIG, README, WEIGHTS, pickAdapter } from '../adapters/sources/files';
import { letMessagesIn } from '../generation/turn';
import { fileOf, webFiles } from '../inference/files';
import { externalData } from '../inference/source';
import type { Job, Progress } from '../job';
import { readModel } from '../onnx/model';
import { writeZip } from '../zip';
import type { AdapterJobs, AdapterText, AuditInput } from './jobs';
import { modelReader } from './modelReader';
import { serve } from './rpc';

let base: { readonly readerId: string; readonly weights: BaseWeights } | null = null;
/** Moving lambda asks for the same intruders again and again. */
let last: {
  readonly text: AdapterText;
  readonly key: string;
  readonly adapter: PeftAdapter;
  readonly audited: Audited;
} | null = null;

const jobs: AdapterJobs = {
  // eslint-disable-next-line require-yield -- has no progress
  async *read({ files }) {
    const brought = files.map(({ path, file }) => ({
      path,
      bytes: file.size,
      read: async () => new Uint8Array(await file.arrayBuffer()),
    }));
    return checked(await pickAdapter(brought));
  },
  async *fetch({ address, hub }, signal) {
    return checked(yield* fetchAdapter(readAddress(address, hub), webFiles(false), signal));
  },
  async *audit(input, signal) {
    const { adapter, audited } = yield* auditOf(input, signal);
    return {
      layers: audited.layers,
      projections: audited.projections,
      intruders: countIntruders(adapter, audited),
    };
  },
  async *mitigate(input, signal) {
    const { adapter, audited } = yield* auditOf(input, signal);
    return weightsOf(mitigated(adapter, audited, input.lambda));
  },
  // eslint-disable-next-line require-yield -- has no progress
  async *export({ worn }) {
    const parts = worn.map(({ adapter, ...rest }) => ({ ...rest, adapter: adapterOf(adapter) }));
    const mixed = exportMix(parts);
    const [one, ...more] = worn;
    // One adapter as it was trained stays as it is, to the last bit.
    const { config, weights } = one?.strength === 1 && more.length === 0 ? one.adapter : mixed;
    return writeZip(
      new Map<string, string | Uint8Array>([
        [CONFIG, config],
        [WEIGHTS, weights],
        [README, mixed.readme],
      ]),
    );
  },
};

/** Read to its last value, so that what is kept can be worn. */
function checked(files: AdapterFiles): AdapterFiles {
  readPeft('', files.name ?? '', files.config, files.weights);
  return files;
}

function adapterOf({ id, label, config, weights }: AdapterText): PeftAdapter {
  return readPeft(id, label, config, weights);
}

async function* auditOf(
  { adapter: text, settings, ...reader }: AuditInput,
  signal: AbortSignal,
): Job<Progress, { adapter: PeftAdapter; audited: Audited }> {
  const key = JSON.stringify([text.config, reader.entry.id, settings]);
  if (last?.key === key && sameBytes(last.text.weights, text.weights)) return last;
  const adapter = adapterOf(text);
  const weights = yield* weightsOfReader(reader, signal);
  const work = audit(adapter, weights, settings, signal);
  let next = await work.next();
  for (; !next.done; next = await work.next()) {
    yield next.value;
    await letMessagesIn();
  }
  last = { text, key, adapter, audited: next.value };
  return last;
}

/** Another adapter may have taken the name of one that was removed. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function* weightsOfReader(
  { base: page, entry, own }: Pick<AuditInput, 'base' | 'entry' | 'own'>,
  signal: AbortSignal,
): Job<Progress, BaseWeights> {
  const { id: readerId } = entry;
  if (base?.readerId === readerId) return base.weights;
  const read = yield* modelReader({ base: page, again: false, f16: false, own })(entry.source, 'wasm', signal);
  const external = new Map(externalData(read).map(({ path, data }) => [path, data]));
  const weights = baseWeights(readModel(fileOf(read.files, read.weights)), external);
  base = { readerId, weights };
  return weights;
}

serve(jobs, self);
