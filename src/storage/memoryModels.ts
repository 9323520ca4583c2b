/** The models' port in memory: for Node, for tests, and for browsers that refuse to keep anything. */
import { type KeptModel, type KeptPart, type ModelStore, unchangedFiles, withWhole } from './models';

export class MemoryModelStore implements ModelStore {
  readonly lasting = false;
  readonly #models = new Map<string, KeptModel>();
  readonly #parts = new Map<string, Map<string, Map<number, KeptPart>>>();
  readonly #settings = new Map<string, unknown>();

  async models(): Promise<KeptModel[]> {
    return [...this.#models.values()].sort((a, b) => a.addedAt - b.addedAt);
  }

  async model(key: string): Promise<KeptModel | null> {
    return this.#models.get(key) ?? null;
  }

  async putModel(model: KeptModel): Promise<void> {
    const stays = unchangedFiles(this.#models.get(model.key) ?? null, model);
    const files = this.#parts.get(model.key) ?? new Map<string, Map<number, KeptPart>>();
    for (const path of [...files.keys()]) if (!stays.has(path)) files.delete(path);
    this.#parts.set(model.key, files);
    this.#models.set(model.key, model);
  }

  async setWhole(key: string, path: string, whole: boolean, largestTensor?: number | null): Promise<void> {
    const model = this.#models.get(key);
    if (model) this.#models.set(key, withWhole(model, path, whole, largestTensor));
  }

  async removeModel(key: string): Promise<void> {
    this.#models.delete(key);
    this.#parts.delete(key);
  }

  async partsOf(key: string): Promise<Map<string, Set<number>>> {
    return new Map([...(this.#parts.get(key) ?? [])].map(([path, parts]) => [path, new Set(parts.keys())]));
  }

  async putPart(key: string, path: string, index: number, part: KeptPart): Promise<void> {
    const files = this.#parts.get(key);
    if (!files) return;
    const parts = files.get(path) ?? new Map<number, KeptPart>();
    parts.set(index, { ...part, bytes: part.bytes.slice() });
    files.set(path, parts);
  }

  async part(key: string, path: string, index: number): Promise<KeptPart | null> {
    return this.#parts.get(key)?.get(path)?.get(index) ?? null;
  }

  async dropParts(key: string, path: string, index?: number): Promise<void> {
    const files = this.#parts.get(key);
    if (index === undefined) files?.delete(path);
    else files?.get(path)?.delete(index);
  }

  async setting(name: string): Promise<unknown> {
    return this.#settings.get(name);
  }

  async setSetting(name: string, value: unknown): Promise<void> {
    this.#settings.set(name, value);
  }

  async deleteEverything(): Promise<void> {
    for (const kept of [this.#models, this.#parts, this.#settings]) kept.clear();
  }

  close(): void {
    // Nothing is held open.
  }
}
