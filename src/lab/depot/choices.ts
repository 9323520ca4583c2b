import type { ModelRole } from '../../lab';
import type { ModelStore } from '../../storage/models';
import { ROLES } from './catalogue';

/** Name of the setting. */
const USES = 'uses';

/** Which models the visitor chose, remembered; a role without a choice has the page's own. */
export class Choices {
  #chosen: Partial<Record<ModelRole, string>> = {};

  constructor(private readonly store: Promise<ModelStore>) {}

  /** Those that were chosen and are here. */
  async open(here: (role: ModelRole, id: string) => boolean): Promise<Partial<Record<ModelRole, string>>> {
    const stored = (await (await this.store).setting(USES)) as Partial<Record<ModelRole, string>> | undefined;
    for (const role of ROLES) {
      const id = stored?.[role];
      if (id !== undefined && here(role, id)) this.#chosen[role] = id;
    }
    return this.#chosen;
  }

  has(role: ModelRole): boolean {
    return this.#chosen[role] !== undefined;
  }

  /** Null: the visitor's choice is taken back. */
  set(role: ModelRole, id: string | null): void {
    const { [role]: _, ...others } = this.#chosen;
    this.#chosen = id === null ? others : { ...others, [role]: id };
    void this.store.then((store) => store.setSetting(USES, this.#chosen)).catch(() => undefined);
  }

  /** After the store was emptied. */
  forget(): void {
    this.#chosen = {};
  }
}
