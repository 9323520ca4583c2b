import AxeBuilder from '@axe-core/playwright';
import { expect, SAMPLE, test } from './lab';

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 390])
    test.describe(`${colorScheme}, ${String(width)} wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test('axe finds nothing, and nothing scrolls sideways', async ({ bench, page }) => {
        await bench.open();
        await bench.put(SAMPLE);
        // So that the page says which question the answers are to.
        await bench.question.fill('Another question');
        const findings = async (place: string) => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          return violations.map(({ id, nodes }) => `${place}: ${id}: ${nodes.map((n) => n.html).join(' ')}`);
        };
        for (const screen of ['Compare', 'Library', 'Adapters', 'Models'] as const) {
          await bench.screen(screen);
          await expect(page.getByRole('heading', { level: 1, name: screen })).toBeAttached();
          expect(await findings(screen)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        }
        await page.getByRole('button', { name: 'Model card: Tiny reader' }).click();
        const card = page.getByRole('dialog', { name: 'reader-tiny', exact: true });
        await expect(card.getByRole('table').first()).toBeVisible();
        expect(await findings('Model card')).toEqual([]);
        expect(await card.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('button', { name: 'Model card: Tiny reader' })).toBeFocused();
      });
    });
