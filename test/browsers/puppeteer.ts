/** A tab driven by Puppeteer: over Chrome's own protocol, or over WebDriver BiDi, which Firefox speaks. */
import { type Browser, type ElementHandle, type LaunchOptions, type Page, launch } from 'puppeteer-core';
import type { Tab } from './tab';

export async function startWithPuppeteer(options: LaunchOptions): Promise<Tab> {
  const browser = await launch({ ...options, headless: true, defaultViewport: { width: 1440, height: 900 } });
  const page = await browser.newPage();
  return new PuppeteerTab(browser, page, await browser.version());
}

class PuppeteerTab implements Tab {
  readonly #errors: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly page: Page,
    readonly version: string,
  ) {
    page.on('pageerror', (error) => this.#errors.push(error instanceof Error ? error.message : String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#errors.push(message.text());
    });
  }

  async open(address: string): Promise<void> {
    await this.page.goto(address);
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  async click(expression: string): Promise<void> {
    const found = await this.page.evaluateHandle(expression);
    const element = found.asElement() as ElementHandle | null;
    await element?.click();
    await found.dispose();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  async pressEscape(): Promise<void> {
    await this.page.keyboard.press('Escape');
  }

  async uncaught(): Promise<readonly string[]> {
    return this.#errors;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
