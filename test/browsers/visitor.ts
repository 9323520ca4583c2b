/** The page as a visitor meets it, in any browser: roles and names only, never markup. */
import { setTimeout as after } from 'node:timers/promises';
import type { Tab } from './tab';

type Role = 'article' | 'button' | 'group' | 'link' | 'main' | 'region' | 'row' | 'switch' | 'textbox';

export interface Target {
  readonly role: Role;
  /** A regular expression that the accessible name fits; any name unless given. */
  readonly name?: string;
  readonly within?: Target;
}

/** Hang guards, for slow machines. */
const SOON_MS = 60_000;
const MODELS_MS = 180_000;
const POLL_MS = 100;

const READY: Target = { role: 'link', name: '^Model: .*ready' };
const ASK: Target = { role: 'button', name: '^Ask$' };

/**
 * Runs in the page. Not every driver finds by role, so this stands in: the roles that the page uses, and the
 * parts of the name computation (https://www.w3.org/TR/accname-1.2/) that its names come from.
 */
function find(target: Target): HTMLElement[] {
  const SELECTORS: Readonly<Record<Role, string>> = {
    article: 'article',
    button: 'button:not([role])',
    group: '[role=group]',
    link: 'a[href]',
    main: 'main',
    region: 'section[aria-label], [role=region]',
    row: '[role=row]',
    switch: '[role=switch]',
    textbox: 'textarea',
  };
  const nameOf = (element: HTMLElement) => {
    const labels = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
    const by = labels.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    const label = element instanceof HTMLTextAreaElement ? element.labels[0]?.textContent : undefined;
    const name = by || element.getAttribute('aria-label') || (label ?? element.textContent);
    return name.replace(/\s+/g, ' ').trim();
  };
  const roots: ParentNode[] = target.within ? find(target.within) : [document];
  return roots
    .flatMap((root) => [...root.querySelectorAll<HTMLElement>(SELECTORS[target.role])])
    .filter((element) => element.checkVisibility() && new RegExp(target.name ?? '').test(nameOf(element)));
}

export class Visitor {
  constructor(private readonly tab: Tab) {}

  /** Runs a function that is whole in itself, but for `find`, in the page. */
  async inPage<A, T>(work: (asked: A, find_: typeof find) => T | Promise<T>, asked: A): Promise<T> {
    return (await this.tab.evaluate(inPage(work, asked))) as T;
  }

  async open(address: string): Promise<void> {
    await this.tab.open(address);
    await this.ready();
  }

  async reload(): Promise<void> {
    await this.tab.reload();
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.until('the models are ready', () => this.sees(READY), MODELS_MS);
  }

  sees(target: Target): Promise<boolean> {
    return this.inPage((one, find_) => find_(one).length > 0, target);
  }

  /** The text of all that fit, as it is shown. */
  text(target: Target): Promise<string> {
    return this.inPage(
      (one, find_) =>
        find_(one)
          .map((element) => element.innerText)
          .join('\n'),
      target,
    );
  }

  async click(target: Target): Promise<void> {
    await this.until(`${described(target)} is there`, () => this.sees(target));
    await this.tab.click(inPage((one: Target, find_) => find_(one)[0], target));
  }

  async fill(target: Target, text: string): Promise<void> {
    await this.click(target);
    await this.inPage((one, find_) => {
      const [field] = find_(one);
      if (field instanceof HTMLTextAreaElement) field.select();
    }, target);
    await this.tab.type(text);
  }

  pressEscape(): Promise<void> {
    return this.tab.pressEscape();
  }

  /** Waits for it to come true; what is read while the page loads anew counts as not yet. */
  async until(what: string, isSo: () => Promise<boolean>, patience = SOON_MS): Promise<void> {
    const end = Date.now() + patience;
    while (Date.now() < end) {
      if (await isSo().catch(() => false)) return;
      await after(POLL_MS);
    }
    throw new Error(`Not within ${String(patience / 1000)} s: ${what}`);
  }

  async laneStates(): Promise<string[]> {
    return this.inPage((lane: Target, find_) => find_(lane).map((element) => element.dataset['state'] ?? 'none'), {
      role: 'article',
      name: '^Lane ',
    });
  }

  /** Asks and waits until all lanes have answered. */
  async put(question: string): Promise<void> {
    await this.fill({ role: 'textbox', name: '^Question$' }, question);
    await this.askAgain();
  }

  async askAgain(): Promise<void> {
    await this.click(ASK);
    let states: string[] = [];
    // Asked, the page shows Stop before anything else; Ask comes back when no lane runs any more.
    const ended = async () => {
      states = await this.laneStates();
      return !states.some((state) => ['queued', 'loading', 'streaming'].includes(state)) && (await this.sees(ASK));
    };
    await this.until('all lanes have ended', ended, MODELS_MS);
    if (states.some((state) => state !== 'answered') || states.length !== 4)
      throw new Error(`The lanes are ${states.join(', ')}. Lane 1 says: ${await this.answer(1)}`);
  }

  private lane(n: number): Target {
    return { role: 'article', name: `^Lane ${String(n)}:` };
  }

  answer(n: number): Promise<string> {
    return this.text({ role: 'group', name: '^Answer$', within: this.lane(n) });
  }

  passages(n: number): Promise<string> {
    return this.text({ role: 'region', name: '^Passages shown', within: this.lane(n) });
  }

  /** Puts an adapter on or off in a lane. */
  async toggleAdapter(n: number, adapter: string): Promise<void> {
    await this.click({ role: 'button', name: `^Lane ${String(n)} wears:` });
    await this.click({ role: 'switch', name: `^Use ${adapter}$` });
    await this.pressEscape();
  }

  async screen(name: 'Compare' | 'Library'): Promise<void> {
    await this.click({ role: 'link', name: `^${name}$` });
  }

  /** Drops a file on the window, as from a desktop. */
  async drop(name: string, content: Buffer): Promise<void> {
    await this.inPage(
      (file) => {
        const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], file.name));
        for (const event of ['dragenter', 'dragover', 'drop'])
          document
            .querySelector('main')
            ?.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }));
      },
      { name, base64: content.toString('base64') },
    );
  }

  /** Until the library shows a document with this in its row, indexed whole. */
  async indexed(what: string): Promise<void> {
    await this.until(`${what} is indexed`, async () => (await this.text({ role: 'row', name: what })).includes('100%'));
  }
}

function described({ role, name = '', within }: Target): string {
  return `${role} /${name}/${within ? ` in ${described(within)}` : ''}`;
}

/** As an expression. What runs the tests names every function by a helper of its own, which the page lacks. */
function inPage<A>(work: (asked: A, find_: typeof find) => unknown, asked: A): string {
  return `(() => {
    const __name = (work) => work;
    ${find.toString()}
    return (${work.toString()})(${JSON.stringify(asked)}, find);
  })()`;
}
