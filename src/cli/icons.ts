/** Draws the icons of the installed page from `public/icons/openbook.svg`: `npm run icons`, by hand, when that changes. */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright';

const FOLDER = 'public/icons';
/** `scale` leaves room: platforms cut maskable icons to any shape within a circle of 80% (W3C, Web App Manifest). */
const ICONS = [
  { name: 'openbook-192', size: 192, scale: 1, corners: true },
  { name: 'openbook-512', size: 512, scale: 1, corners: true },
  { name: 'openbook-maskable-512', size: 512, scale: 0.75, corners: false },
  // Apple rounds the corners itself and shows what is clear as black.
  { name: 'openbook-180', size: 180, scale: 0.9, corners: false },
];

const drawing = readFileSync(`${FOLDER}/openbook.svg`, 'utf8');
const paper = /rect\{fill:(#\w+)\}/.exec(drawing)?.[1] ?? '#fff';
const { OPENBOOK_BROWSER: executablePath } = process.env;
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
for (const { name, size, scale, corners } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size }, colorScheme: 'light' });
  const ground = corners ? 'transparent' : paper;
  await page.setContent(
    `<style>html,svg{display:block}body{margin:0;display:grid;place-items:center;height:100vh;background:${ground}}svg{width:${String(scale * 100)}%}</style>${drawing}`,
  );
  await page.screenshot({ path: `${FOLDER}/${name}.png`, omitBackground: corners });
  await page.close();
}
await browser.close();
