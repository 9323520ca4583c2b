/** The models' port in IndexedDB. */
import { type KeptModel, type KeptPart, type ModelStore, unchangedFiles, withWhole } from '../models';
import { type Connection, connect, put, told, write } from './connection';

/** Opens or makes the database. Throws `storage-refused` where the browser allows none, or an older tab holds it. */
export async function openModels(name?: string): Promise<ModelStore> {
  return new DatabaseModels(await connect(name));
}

class DatabaseModels implements ModelStore {
  readonly lasting = true;
  readonly #database: Connection;
  constructor(database: Connection) {
    this.#database = database;
  }

  models(): Promise<KeptModel[]> {
    return told(async () => (await this.#database.getAll('models')).sort((a, b) => a.addedAt - b.addedAt));
  }

  model(key: string): Promise<KeptModel | null> {
    return told(async () => (await this.#database.get('models', key)) ?? null);
  }

  putModel(model: KeptModel): Promise<void> {
    return write(this.#database, ['models', 'modelParts'], async (tx) => {
      const before = (await tx.objectStore('models').get(model.key)) ?? null;
      const stays = unchangedFiles(before, model);
      await tx.objectStore('models').put(model);
      for (const { path } of before?.files ?? [])
        if (!stays.has(path)) await tx.objectStore('modelParts').delete(partsOfFile(model.key, path));
    });
  }

  setWhole(key: string, path: string, whole: boolean, largestTensor?: number | null): Promise<void> {
    return write(this.#database, ['models'], async (tx) => {
      const model = await tx.objectStore('models').get(key);
      if (model) await tx.objectStore('models').put(withWhole(model, path, whole, largestTensor));
    });
  }

  removeModel(key: string): Promise<void> {
    return write(this.#database, ['models', 'modelParts'], async (tx) => {
      await tx.objectStore('models').delete(key);
      await tx.objectStore('modelParts').delete(IDBKeyRange.bound([key], [key, []]));
    });
  }

  partsOf(key: string): Promise<Map<string, Set<number>>> {
    return told(async () => {
      const files = new Map<string, Set<number>>();
      // Keys alone: the parts of a model are hundreds of megabytes.
      for (const [, path, index] of await this.#database.getAllKeys('modelParts', IDBKeyRange.bound([key], [key, []])))
        files.set(path, (files.get(path) ?? new Set()).add(index));
      return files;
    });
  }

  putPart(key: string, path: string, index: number, part: KeptPart): Promise<void> {
    return write(this.#database, ['models', 'modelParts'], async (tx) => {
      if ((await tx.objectStore('models').count(key)) === 0) return;
      await tx.objectStore('modelParts').put(part, [key, path, index]);
    });
  }

  part(key: string, path: string, index: number): Promise<KeptPart | null> {
    return told(async () => (await this.#database.get('modelParts', [key, path, index])) ?? null);
  }

  dropParts(key: string, path: string, index?: number): Promise<void> {
    return write(this.#database, ['modelParts'], (tx) =>
      tx.objectStore('modelParts').delete(index === undefined ? partsOfFile(key, path) : [key, path, index]),
    );
  }

  setting(name: string): Promise<unknown> {
    return told(() => this.#database.get('settings', name));
  }

  setSetting(name: string, value: unknown): Promise<void> {
    return put(this.#database, 'settings', value, name);
  }

  deleteEverything(): Promise<void> {
    return write(this.#database, ['models', 'modelParts', 'settings'], async (tx) => {
      for (const store of ['models', 'modelParts', 'settings'] as const) await tx.objectStore(store).clear();
    });
  }

  close(): void {
    this.#database.close();
  }
}

/** Arrays sort after every other key, so an empty one bounds all indices. */
function partsOfFile(key: string, path: string): IDBKeyRange {
  return IDBKeyRange.bound([key, path], [key, path, []]);
}
