/**
 * The strategies: what a lane's model is shown. A strategy reads the bench and writes a Briefing
 * through `writePrompt`; it never touches an engine, and all it finds it finds with `bench.once`, so
 * that lanes share their searches. A new one is a file in `strategies/`, a member of `Sees` and a line here.
 */
import type { Bench, Briefing, Sees, Strategy } from './lane';
import { closed } from './strategies/closed';
import { gold } from './strategies/gold';
import { noisy } from './strategies/noisy';
import { open } from './strategies/open';
import { whole } from './strategies/whole';

export const STRATEGIES: { readonly [K in Sees['kind']]: Strategy<Extract<Sees, { kind: K }>> } = {
  closed,
  open,
  noisy,
  whole,
  gold,
};

/** Throws `no-evidence` where the strategy cannot show what it is for. */
export function brief(sees: Sees, told: string, bench: Bench): Promise<Briefing> {
  const strategy: Strategy = STRATEGIES[sees.kind];
  return strategy.brief(sees, told, bench);
}
