import type { CatalogueModel, ModelState } from '../../lab';
import type { Catalogue } from './catalogue.svelte';
import type { Models } from './models.svelte';

/** What a lane shows of the model that it runs on. */
export interface LaneModel {
  readonly label: string;
  readonly state: ModelState;
  readonly leavesDevice: boolean;
  readonly adapters: CatalogueModel['adapters'];
}

/** Of the model in use where `modelId` is empty; null for one that is not here, as after a link. */
export function laneModel(modelId: string, models: Models, catalogue: Catalogue): LaneModel | null {
  const listed = catalogue.find(modelId || (models.reader?.id ?? ''));
  const inUse = models.reader && (!modelId || models.reader.id === modelId) ? models.reader : null;
  if (!listed) return inUse && { ...inUse, leavesDevice: false, adapters: 'runtime' };
  // The model in use is told apart, and sooner.
  return inUse ? { ...listed, state: inUse.state } : listed;
}
