import { tick } from 'svelte';

/** After a change that took the focused element away, the focus goes on to another; where it was not lost it stays. */
export async function regainFocus(next: () => HTMLElement | null | undefined): Promise<void> {
  await tick();
  if (document.activeElement === document.body) next()?.focus();
}
