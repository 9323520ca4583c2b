import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { CatalogueModel } from '../../src/lab';
import { axeFindings } from '../fixtures/axe';
import { openWith } from '../fixtures/comparePage';
import { CATALOGUE } from '../fixtures/scriptedModels';
import { scriptedLab } from '../fixtures/scriptedLab';
import type { Script } from '../fixtures/scriptedAnswers';

/** The Models screen; each method of the lab can be watched. */
async function open(script: Script = {}) {
  const lab = scriptedLab(script);
  openWith(lab, 'models');
  await expect.element(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
  return lab;
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const row = (label: string) => page.getByRole('row').filter({ has: page.getByText(label, { exact: true }) });
const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;
const given = (id: string, change: Partial<CatalogueModel>): readonly CatalogueModel[] =>
  CATALOGUE.map((model) => (model.id === id ? { ...model, ...change } : model));

test('each reader is told with its size, memory, licence and fit in words, and nothing is asked of a hub', async () => {
  const lab = scriptedLab();
  const inspect = vi.spyOn(lab, 'inspect');
  openWith(lab, 'models');
  await expect.element(row('Gemma 3 1B')).toHaveTextContent(/Gemma.*760 MB.*3\.6 GB.*Tight.*may run out of memory/s);
  await expect.element(row('Llama 3.2 1B')).toHaveTextContent(/Too large.*not enough memory.*Needs 7\.4 GB/s);
  await expect.element(row('Gemma 3 270M')).toHaveTextContent(/unknown.*until looked up.*Unknown/s);
  await expect.element(row('SmolLM2 135M')).toHaveTextContent(/118 MB.*on this device.*360 MB.*Fits/s);
  await expect.element(page.getByRole('img', { name: 'Needs 1.1 GB of 3.9 GB' })).toBeVisible();
  await expect.element(button('In use, Tiny reader')).toBeDisabled();
  for (const group of [/^Built in/, /^From a hub/, /^WebLLM/, /^Servers/])
    await expect.element(page.getByRole('rowheader', { name: group })).toBeVisible();
  expect(inspect).not.toHaveBeenCalled();
});

test('a size is looked up when it is asked for; a look-up that fails is told', async () => {
  await open();
  await button('Look up size, Gemma 3 270M').click();
  await expect.element(button('Download 270 MB, Gemma 3 270M')).toHaveFocus();
  await button('Look up size, SmolLM2 1.7B').click();
  await expect.element(page.getByText('The hub has no such model.')).toBeVisible();
});

test('a download shows how far it is, is paused and goes on', async () => {
  const lab = await open();
  const pause = vi.spyOn(lab, 'pauseDownload');
  await button('Download 423 MB, Qwen3 0.6B').click();
  await expect.element(row('Qwen3 0.6B')).toHaveTextContent('10 of 423 MB');
  await expect.element(button('Pause, Qwen3 0.6B')).toBeVisible();
  await button('Pause, Qwen3 0.6B').click();
  expect(pause).toHaveBeenCalledWith('qwen3-0.6b');
  await expect.element(button('Resume, 2%, Qwen3 0.6B')).toBeVisible();
});

test('Esc pauses what is being fetched', async () => {
  const lab = await open();
  const pause = vi.spyOn(lab, 'pauseDownload');
  await userEvent.keyboard('{Escape}');
  expect(pause.mock.calls).toEqual([['qwen2.5-0.5b']]);
});

test('on a metered connection nothing is fetched without a word', async () => {
  const lab = await open({ device: { metered: true } });
  const download = vi.spyOn(lab, 'download');
  await button('Download 423 MB, Qwen3 0.6B').click();
  const asks = page.getByRole('group', { name: 'Metered connection' });
  await expect.element(asks).toHaveTextContent('Qwen3 0.6B is a download of 423 MB, which may cost you.');
  await expect.element(asks).toHaveFocus();
  await button('Not now').click();
  await expect.element(asks).not.toBeInTheDocument();
  expect(download).not.toHaveBeenCalled();
  await expect.poll(focused).toBe('Download 423 MB, Qwen3 0.6B');
  await button('Download 423 MB, Qwen3 0.6B').click();
  await button('Download anyway').click();
  expect(download.mock.calls).toEqual([['qwen3-0.6b']]);
});

test('a download that waits says until when, one that failed says why, and both can be tried again', async () => {
  const error = new LabError('model-cut', 'The hub answered 503.');
  const waiting = { kind: 'waiting', until: Date.now() + 60_000, attempt: 2, error } as const;
  const lab = await open({ models: given('qwen3-0.6b', { download: waiting }) });
  const download = vi.spyOn(lab, 'download');
  await expect.element(page.getByText(/Tries again in \d+ s\. What came so far is kept\./)).toBeVisible();
  await expect.element(page.getByText('The connection was lost at 180 of 271 MB.')).toBeVisible();
  await button('Try now, Qwen3 0.6B').click();
  await button('Retry, LFM2 350M').click();
  expect(download.mock.calls).toEqual([['qwen3-0.6b'], ['lfm2-350m']]);
});

test('a model that is used takes all lanes that named no other, and one that leaves the device is said so', async () => {
  const lab = await open();
  const use = vi.spyOn(lab, 'use');
  await expect.element(page.getByText('Nothing leaves this device')).toBeVisible();
  await button('Use SmolLM2 135M').click();
  await expect.element(page.getByRole('link', { name: 'Model: SmolLM2 135M, ready' })).toBeVisible();
  await button('Use llama-3.3-70b').click();
  expect(use.mock.calls).toEqual([
    ['reader', 'smollm2-135m'],
    ['reader', 'server:llama-70b'],
  ]);
  await expect.element(page.getByRole('alert')).toHaveTextContent('Lanes 1, 2, 3 and 4 send text to localhost:8000');
  expect(page.getByText('Nothing leaves this device').elements()).toHaveLength(0);
  await expect.element(row('llama-3.3-70b')).toHaveTextContent(/leaves this device.*Runs elsewhere.*In use/s);
});

test('a removed model is only hidden until its Undo has lapsed', async () => {
  const lab = await open();
  const remove = vi.spyOn(lab, 'removeModel');
  button('Remove SmolLM2 135M').element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(button('Download 118 MB, SmolLM2 135M')).toHaveFocus();
  expect(remove).not.toHaveBeenCalled();
  await button('Undo').click();
  await expect.element(button('Use SmolLM2 135M')).toBeVisible();
  await button('Remove SmolLM2 135M').click();
  await button('Remove SmolLM2 360M').click();
  await expect.poll(() => remove.mock.calls).toEqual([['smollm2-135m']]);
  // Leaving the page ends every offer.
  dispatchEvent(new Event('pagehide'));
  await expect.poll(() => remove.mock.calls).toEqual([['smollm2-135m'], ['smollm2-360m']]);
});

test('all downloaded models go after a second yes, and the one in use stays', async () => {
  const lab = await open({ models: given('smollm2-135m', { inUse: true }) });
  const remove = vi.spyOn(lab, 'removeModel');
  const panel = page.getByRole('region', { name: 'Kept in this browser' });
  await expect.element(panel).toHaveTextContent(/Together\s*1\.52 GB/);
  await button('Remove all').click();
  await button('Keep them').click();
  expect(remove).not.toHaveBeenCalled();
  await button('Remove all').click();
  await button('Remove them').click();
  await expect.poll(() => remove.mock.calls.flat().sort()).toEqual(['lfm2-350m', 'smollm2-360m', 'webllm-qwen']);
});

test('a hub that is not let in is explained, and let in by name', async () => {
  const lab = await open({
    blocked: ['https://huggingface.co', 'https://cdn.hf.co'],
    origins: ['https://other.example'],
  });
  // The page would be loaded anew once it is resolved.
  const letIn = vi.spyOn(lab, 'letIn').mockReturnValue(new Promise(() => undefined));
  await expect.element(button('Not allowed yet, Qwen3 0.6B')).toBeDisabled();
  await expect.element(button('Use SmolLM2 135M')).toBeEnabled();
  await expect.element(page.getByText(/\(huggingface\.co and cdn\.hf\.co\)/)).toBeVisible();
  await button('Allow huggingface.co and 1 more and reload').click();
  expect(letIn).toHaveBeenCalledWith(['https://huggingface.co', 'https://cdn.hf.co']);
});

test('a model from disk is added; one with a file missing says which', async () => {
  const lab = await open();
  const add = vi.spyOn(lab, 'addModelFiles');
  const field = document.querySelector<HTMLInputElement>('input[aria-label="Model files"]');
  if (!field) throw new Error('There is nowhere to bring a model.');
  await userEvent.upload(field, [new File([''], 'model.onnx')]);
  await expect.element(page.getByText(/config\.json is missing/)).toBeVisible();
  await page.getByRole('checkbox', { name: 'Keep it in this browser after this visit' }).click();
  await userEvent.upload(field, [new File([''], 'model.onnx'), new File(['{}'], 'config.json')]);
  await expect.element(button('Use my-model')).toBeVisible();
  expect(add.mock.calls.map(([, , keep]) => keep)).toEqual([true, false]);
  await button('Remove my-model').click();
  await expect.element(row('my-model')).not.toBeInTheDocument();
});

test('a model dropped anywhere is taken to the Models screen', async () => {
  openWith(scriptedLab(), '');
  await expect.element(page.getByRole('button', { name: 'Ask', exact: true })).toBeVisible();
  const dataTransfer = new DataTransfer();
  for (const name of ['model.onnx', 'config.json']) dataTransfer.items.add(new File(['{}'], name));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document
      .querySelector('main')
      ?.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  await expect.element(button('Use my-model')).toBeVisible();
});

test('a server must be let in first; its models are listed, and a refused key is not shown anywhere', async () => {
  const lab = await open({ origins: ['http://localhost:9000'] });
  const add = vi.spyOn(lab, 'addServer');
  const letIn = vi.spyOn(lab, 'letIn').mockReturnValue(new Promise(() => undefined));
  const address = page.getByRole('textbox', { name: 'Address (OpenAI-compatible)' });
  await address.fill('https://gpu.example/v1');
  await button('Test connection').click();
  expect(add).not.toHaveBeenCalled();
  await button('Allow gpu.example and reload').click();
  expect(letIn).toHaveBeenCalledWith(['https://gpu.example']);
  expect(sessionStorage.getItem('openbook: server')).toBe('https://gpu.example/v1');
  sessionStorage.removeItem('openbook: server');

  await address.fill('http://localhost:9000/v1');
  const key = page.getByLabelText('Key, kept for this tab only');
  await key.fill('wrong');
  await button('Test connection').click();
  await expect.element(page.getByText('The server refused the key.')).toBeVisible();
  expect(document.body.textContent).not.toContain('wrong');
  await key.fill('right');
  await page.getByRole('checkbox', { name: 'Remember the key on this device' }).click();
  await expect.element(page.getByLabelText('Key, remembered on this device')).toHaveValue('right');
  await button('Test connection').click();
  await expect.element(page.getByText(/It lists mistral-small and mistral-small-memo\./)).toBeVisible();
  expect(add).toHaveBeenLastCalledWith(
    { url: 'http://localhost:9000/v1', key: 'right', remember: true },
    expect.anything(),
  );
  await expect.element(button('Use mistral-small-memo')).toBeVisible();
  await button('Forget localhost:9000').click();
  await expect.element(row('mistral-small-memo')).not.toBeInTheDocument();
});

test('where no policy holds the page, a server is asked at once', async () => {
  const lab = await open({ bound: false });
  const add = vi.spyOn(lab, 'addServer');
  await page.getByRole('textbox', { name: 'Address (OpenAI-compatible)' }).fill('https://gpu.example/v1');
  await button('Test connection').click();
  await expect.element(page.getByText(/It lists mistral-small and mistral-small-memo\./)).toBeVisible();
  expect(add.mock.calls.map(([{ url }]) => url)).toEqual(['https://gpu.example/v1']);
});

test('the steps for CORS name this page’s origin', async () => {
  await open();
  await page.getByText('If the connection fails: let the server answer this page').click();
  await expect.element(page.getByText(`vllm serve MODEL --allowed-origins '["${location.origin}"]'`)).toBeVisible();
  await expect.element(page.getByText(`OLLAMA_ORIGINS=${location.origin} ollama serve`)).toBeVisible();
});

test('the self-test runs for what is in use, and the report holds the figures', async () => {
  const lab = await open();
  const run = vi.spyOn(lab, 'runSelfTest');
  const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue(undefined);
  await expect.element(page.getByText('14 of 14 words agree')).toBeVisible();
  await button('Run self-test').click();
  await expect.poll(() => run.mock.calls.map(([id]) => id)).toEqual(['reader-tiny']);
  await expect.poll(() => page.getByText('256 of 256 words agree').elements().length).toBe(1);
  await button('Copy report').click();
  await expect.element(page.getByText('The report is on the clipboard.').first()).toBeVisible();
  expect(copied.mock.calls[0]?.[0]).toMatch(/Self-test of reader-tiny: passed, 256 of 256 words agree/);
  copied.mockRestore();
});

test('a model that failed its self-test is marked in its row', async () => {
  await open({ models: given('smollm2-135m', { selfTest: { kind: 'failed', said: '201 of 256 words agree.' } }) });
  await expect.element(page.getByText(/SmolLM2 135M failed its self-test\./)).toBeVisible();
  await expect.element(page.getByText(/Its answers may be wrong here\./)).toBeVisible();
});

test('another search model says that it indexes anew, and is used only once it is here', async () => {
  const lab = await open({ models: given('minilm-l6', { kept: { kind: 'whole', bytes: 23e6 } }) });
  const use = vi.spyOn(lab, 'use');
  await expect.element(page.getByText(/Changing it means indexing 56\s+chunks again/)).toBeVisible();
  const field = page.getByRole('combobox', { name: 'Search model' });
  await field.selectOptions('minilm-l6');
  expect(use).not.toHaveBeenCalled();
  await button('Use MiniLM L6 v2').click();
  expect(use.mock.calls).toEqual([['finder', 'minilm-l6']]);
  await expect.element(page.getByRole('option', { name: 'MiniLM L6 v2, 23 MB, in use' })).toBeInTheDocument();
});

test('a mirror of the hub is set, and an empty address brings the usual one back', async () => {
  await open();
  const now = page.getByText(/^Hub models come from/).first();
  await now.click();
  const field = page.getByRole('textbox', { name: 'Hub address' });
  await field.fill('https://hub.acme.example');
  await button('Use this hub').click();
  await expect.element(now).toHaveTextContent('Hub models come from hub.acme.example');
  await field.fill('');
  await button('Use this hub').click();
  await expect.element(now).toHaveTextContent('Hub models come from huggingface.co');
});

for (const theme of ['light', 'dark'])
  for (const width of [1440, 1024, 390])
    test(`axe finds nothing and nothing scrolls sideways, ${theme}, ${String(width)} wide`, async () => {
      await page.viewport(width, 900);
      document.documentElement.dataset.theme = theme;
      localStorage.setItem('openbook:theme', theme);
      await open({ blocked: ['https://huggingface.co'], device: { metered: true, gpu: null } });
      await page.getByText('If the connection fails: let the server answer this page').click();
      await button('Use llama-3.3-70b').click();
      expect(await axeFindings()).toEqual([]);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
      localStorage.removeItem('openbook:theme');
    });
