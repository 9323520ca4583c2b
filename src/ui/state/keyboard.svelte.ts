import type { Page } from './page.svelte';
import { SCREENS } from './route.svelte';

const FIELDS = 'input, textarea, select, [contenteditable]';

/** The keys of the page (see `KeyList`). Single letters work only outside fields, and can be turned off. */
export class Keyboard {
  listOpen = $state(false);
  private going = false;

  constructor(private readonly page: Page) {}

  listen(): () => void {
    const heard = (event: KeyboardEvent) => this.press(event);
    document.addEventListener('keydown', heard);
    return () => document.removeEventListener('keydown', heard);
  }

  private press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    // The browser closes what is open; only with nothing open does Esc stop the work.
    const open = document.querySelector(':popover-open, dialog[open]');
    if (event.key === 'Escape') {
      if (!open) this.page.stopEverything();
      return;
    }
    const target = event.target instanceof Element ? event.target : null;
    if (open || target?.closest(FIELDS)) return;
    if (target?.closest('.lane') && this.moveBetweenLanes(event, target)) return;
    if (this.page.settings.singleKeys && this.single(event.key)) event.preventDefault();
  }

  private single(key: string): boolean {
    const wasGoing = this.going;
    this.going = key === 'g';
    if (this.going) return true;
    const screen = wasGoing ? SCREENS.find((one) => one.key === key) : undefined;
    if (screen) {
      this.page.route.go(screen.id);
      return true;
    }
    if (key === '?') {
      this.listOpen = true;
      return true;
    }
    if (key === '/') return focus('question');
    if (/^[1-6]$/.test(key)) return focus(`lane-${key}`);
    if (key === '[' || key === ']') return nextCitation(key === ']' ? 1 : -1);
    return false;
  }

  private moveBetweenLanes(event: KeyboardEvent, target: Element): boolean {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const lane = target.closest<HTMLElement>('.lane');
    if (steps === undefined || target !== lane) return false;
    const to = steps < 0 ? lane.previousElementSibling : lane.nextElementSibling;
    if (to instanceof HTMLElement) to.focus();
    event.preventDefault();
    return true;
  }
}

function focus(id: string): boolean {
  const element = document.getElementById(id);
  element?.focus();
  return element !== null;
}

function nextCitation(steps: number): boolean {
  const lane = document.activeElement?.closest('.lane');
  const citations = [...(lane?.querySelectorAll<HTMLElement>('.cite') ?? [])];
  if (citations.length === 0) return false;
  const at = citations.findIndex((citation) => citation === document.activeElement);
  const to = at < 0 ? (steps > 0 ? 0 : citations.length - 1) : at + steps;
  citations[(to + citations.length) % citations.length]?.focus();
  return true;
}
