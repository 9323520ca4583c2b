/** The page as a visitor meets it: roles and names only, never markup. */
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export { KNOWN, SAMPLE } from '../fixtures/sampleQuestion';

export class Bench {
  constructor(readonly page: Page) {}

  get question(): Locator {
    return this.page.getByRole('textbox', { name: 'Question', exact: true });
  }

  get ask(): Locator {
    return this.page.getByRole('button', { name: 'Ask', exact: true });
  }

  get stop(): Locator {
    return this.page.getByRole('button', { name: 'Stop', exact: true });
  }

  lane(n: number): Locator {
    return this.page.getByRole('article', { name: new RegExp(`^Lane ${String(n)}:`) });
  }

  answer(n: number): Locator {
    return this.lane(n).getByRole('group', { name: 'Answer', exact: true });
  }

  passages(n: number): Locator {
    return this.lane(n).getByRole('region', { name: 'Passages shown' });
  }

  get model(): Locator {
    return this.page.getByRole('link', { name: /^Model: / });
  }

  /** Opens the page and waits for the models and the sample. */
  async open(path = './'): Promise<void> {
    await this.page.goto(path);
    await this.ready();
  }

  async ready(): Promise<void> {
    await expect(this.model).toHaveAccessibleName(/^Model: .*ready/, { timeout: 120_000 });
  }

  /** Asks and waits until all lanes have answered. */
  async put(question: string, lanes = 4): Promise<void> {
    await this.question.fill(question);
    await this.ask.click();
    await this.settled(lanes);
  }

  async settled(lanes = 4): Promise<void> {
    for (let n = 1; n <= lanes; n++)
      await expect(this.lane(n)).toHaveAttribute('data-state', 'answered', { timeout: 180_000 });
    await expect(this.ask).toBeVisible();
  }

  /** Puts an adapter on or off in a lane, at its present strength. */
  async wear(n: number, adapter: string, on: boolean): Promise<void> {
    await this.page
      .getByRole('button', { name: new RegExp(`^Lane ${String(n)} wears:`) })
      .first()
      .click();
    await this.page.getByRole('switch', { name: `Use ${adapter}` }).setChecked(on);
    await this.page.keyboard.press('Escape');
  }

  /** Gives a lane a model of its own. */
  async runOn(n: number, model: string): Promise<void> {
    await this.page.getByRole('button', { name: `Lane ${String(n)} actions` }).click();
    await this.page.getByRole('menuitem', { name: 'Edit', exact: true }).click();
    const choice = this.page.getByRole('combobox', { name: 'Model', exact: true });
    await choice.selectOption({ label: model });
    await this.page.keyboard.press('Escape');
    // What is closed leaves the page a moment later.
    await expect(this.page.getByRole('combobox', { name: 'Model', exact: true, includeHidden: true })).toHaveCount(0);
  }

  /** How many retrieved passages a lane sees. */
  async showPassages(n: number, count: number): Promise<void> {
    await this.page
      .getByRole('button', { name: new RegExp(`^Lane ${String(n)} sees:`) })
      .first()
      .click();
    const field = this.page.getByRole('spinbutton', { name: 'Passages', exact: true });
    await field.fill(String(count));
    await field.blur();
    await this.page.keyboard.press('Escape');
  }

  async screen(name: 'Compare' | 'Library' | 'Adapters' | 'Models'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name, exact: true }).click();
  }

  /** Drops a file on the window, as from a desktop. */
  async drop(name: string, text: string, type = 'text/markdown'): Promise<void> {
    await this.dropFiles([{ name, bytes: Buffer.from(text), type }]);
  }

  async dropFiles(dropped: readonly { name: string; bytes: Buffer; type: string }[]): Promise<void> {
    const files = await this.page.evaluateHandle(
      (list) => {
        const transfer = new DataTransfer();
        for (const { name, bytes, type } of list)
          transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
        return transfer;
      },
      dropped.map(({ name, bytes, type }) => ({ name, bytes: bytes.toString('base64'), type })),
    );
    const target = this.page.locator('main');
    for (const event of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer: files });
  }
}

interface Fixtures {
  bench: Bench;
  /** Console messages a test brings about on purpose; everything else written there fails it. */
  expected: RegExp[];
  /** Origins that a test's visitor lets in; every other request to another origin fails it. */
  letIn: Set<string>;
}

/** Every test also asserts that the console stayed empty and that nothing was asked of another origin. */
export const test = base.extend<Fixtures>({
  expected: [[], { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs from this pattern
  letIn: async ({}, use) => {
    await use(new Set());
  },
  bench: async ({ page, context, expected, letIn }, use) => {
    const said: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`));
    // The context's requests are those of the service worker too.
    context.on('request', (request) => {
      const url = new URL(request.url());
      const page_ = new URL(page.url() === 'about:blank' ? request.url() : page.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== page_.origin && !letIn.has(url.origin))
        elsewhere.push(request.url());
    });
    await use(new Bench(page));
    expect(elsewhere, 'requests to another origin').toEqual([]);
    expect(
      said.filter((line) => !expected.some((pattern) => pattern.test(line))),
      'console',
    ).toEqual([]);
  },
});

export { expect };
