/** Fetches models and keeps them. Composition root: names the store and the line. */
import { LabError, asLabError } from '../errors';
import { type HubListing, PART_BYTES, filesFor, partCount } from '../inference/hub';
import { download } from '../inference/hub/download';
import { listRepo, readSmallFile } from '../inference/hub/listing';
import { openModels } from '../storage/database/models';
import { partsOf } from '../storage/keptModels';
import { type KeptModel, type ModelStore, unchangedFiles } from '../storage/models';
import type { DepotJobs, HubModel } from './jobs';
import { tensorIn } from './keptTensors';
import { browserLine } from './line';
import { lockModel } from './locks';
import { serve } from './rpc';

let opened: Promise<ModelStore> | null = null;

function store(): Promise<ModelStore> {
  opened ??= openModels().catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

function recordOf({ key, label, weights, repo }: HubModel, { commit, licence, files }: HubListing): KeptModel {
  const addedAt = Date.now();
  return {
    key,
    label,
    weights,
    hub: { repo, commit, licence },
    files: files.map((file) => ({ ...file, whole: false })),
    addedAt,
  };
}

/** The record to go on with; what it knows of whole files stays, where the files are the same. */
async function listed(kept: ModelStore, model: HubModel, graph: string, listing: HubListing): Promise<KeptModel> {
  const before = await kept.model(model.key);
  const after = recordOf(model, listing);
  const stays = unchangedFiles(before, after);
  const known = new Map(before?.files.filter(({ path }) => stays.has(path)).map((file) => [file.path, file]));
  const files = after.files.map((file) => {
    const { whole = false, largestTensor = null } = known.get(file.path) ?? {};
    return { ...file, whole, largestTensor };
  });
  const record = { ...after, files, addedAt: before?.addedAt ?? after.addedAt };
  // Says what is missing before anything is kept.
  filesFor(files, graph);
  await kept.putModel(record);
  return record;
}

const jobs: DepotJobs = {
  // eslint-disable-next-line require-yield -- nothing to tell on the way
  async *inspect({ host, model }, signal) {
    const listing = await listRepo(host, model.repo, model.revision, browserLine, signal);
    const config = listing.files.find(({ path }) => path === 'config.json');
    const text = config && (await readSmallFile(host, model.repo, listing.commit, config, browserLine, signal));
    return { listing, config: text ?? null };
  },

  async *download({ host, model, graph, listing }, signal) {
    const kept = await store();
    const release = await lockModel(model.key, signal);
    const parts = partsOf(kept, model.key);
    try {
      const look = () => listRepo(host, model.repo, model.revision, browserLine, signal);
      let record = await kept.model(model.key);
      let fresh = record?.hub === null || record === null;
      if (!record || fresh) record = await listed(kept, model, graph, listing ?? (await look()));
      for (;;) {
        const wanted = filesFor(record.files, graph);
        const whole = wanted.filter((file) => file.whole).reduce((sum, { bytes }) => sum + bytes, 0);
        const commit = record.hub?.commit ?? '';
        const files = wanted.filter((file) => !file.whole);
        try {
          const fetching = download(
            { host, repo: model.repo, commit, files },
            parts,
            browserLine,
            signal,
            async (path) => {
              const size = files.find((file) => file.path === path)?.bytes ?? 0;
              await kept.setWhole(model.key, path, true, path === graph ? await tensorIn(parts, path, size) : null);
            },
          );
          for await (const event of fetching)
            yield event.kind === 'progress'
              ? { ...event, done: event.done + whole, total: event.total + whole }
              : event;
          return null;
        } catch (error) {
          // The commit of an earlier visit may be gone, as after a rewritten history.
          if (fresh || asLabError(error).code !== 'hub-lacks') throw error;
          fresh = true;
          record = await listed(kept, model, graph, await look());
        }
      }
    } finally {
      release();
    }
  },

  async *keep({ key, label, weights, files }, signal) {
    const kept = await store();
    const release = await lockModel(key, signal);
    const total = files.reduce((sum, { file }) => sum + file.size, 0);
    let done = 0;
    try {
      const listing = files.map(({ path, file }) => ({
        path,
        bytes: file.size,
        sha256: null,
        gitOid: null,
        whole: false,
      }));
      await kept.putModel({ key, label, weights, hub: null, files: listing, addedAt: Date.now() });
      const parts = partsOf(kept, key);
      for (const { path, file, largestTensor } of files) {
        for (let index = 0; index < partCount(file.size); index++) {
          const bytes = await bytesOf(file.slice(index * PART_BYTES, (index + 1) * PART_BYTES), path);
          signal.throwIfAborted();
          await parts.write(path, index, bytes);
          done += bytes.length;
          yield { step: 'Keeping', done, total, unit: 'bytes' };
        }
        await kept.setWhole(key, path, true, largestTensor);
      }
      return null;
    } catch (error) {
      // Half of it could not be completed later: the files are the visitor's, not a hub's.
      await kept.removeModel(key).catch(() => undefined);
      throw error;
    } finally {
      release();
    }
  },
};

async function bytesOf(slice: Blob, path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await slice.arrayBuffer());
  } catch (cause) {
    throw new LabError('model-missing', `${path} cannot be read: it was moved, changed or locked.`, { cause });
  }
}

serve(jobs, self);
