/** The browser's own processes: put to sleep as a machine's are, or ended as a driver ends them. */
import type { Browser } from '@playwright/test';

async function idsOf(browser: Browser, types: readonly string[]): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const ids = processInfo.filter(({ type }) => types.includes(type)).map(({ id }) => id);
  if (ids.length === 0) throw new Error(`The browser has no process of ${types.join(', ')}.`);
  return ids;
}

/** Pages, their workers and the GPU's process stand still, all at once, for so long. */
export async function sleep(browser: Browser, ms: number): Promise<void> {
  const ids = await idsOf(browser, ['renderer', 'GPU']);
  for (const id of ids) process.kill(id, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, ms));
  for (const id of ids) process.kill(id, 'SIGCONT');
}

/** What a page sees as the loss of its GPU. The browser starts the process anew. */
export async function loseGpu(browser: Browser): Promise<void> {
  for (const id of await idsOf(browser, ['GPU'])) process.kill(id, 'SIGKILL');
}
