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
        for (const screen of ['Compare', 'Library', 'Adapters', 'Models'] as const) {
          await bench.screen(screen);
          await expect(page.getByRole('heading', { level: 1, name: screen })).toBeAttached();
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => `${screen}: ${id}: ${nodes.map((n) => n.html).join(' ')}`)).toEqual(
            [],
          );
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        }
      });
    });
