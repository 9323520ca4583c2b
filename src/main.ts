/** Mounts the page. */
import { mount } from 'svelte';
import { arrive, keepForOffline } from './host/arrival';
import { type ModelState, openLab } from './lab';
import App from './ui/App.svelte';
import './ui/style/styles';

const folder = new URL('.', document.baseURI).href;
// While developing, kept files would hide what was changed.
if (import.meta.env.PROD) await arrive(folder);

const target = document.getElementById('page');
const lab = openLab();
if (target) mount(App, { target, props: { lab } });

if (import.meta.env.PROD) {
  let asked = '';
  lab.onModels((models) => {
    const settled = Object.values(models).every(({ state }) => state.kind === 'ready' || state.kind === 'failed');
    // After the models, with which it would compete for the line.
    if (!settled) return;
    const gpu = Object.values(models).some(({ state }) => runsOnGpu(state));
    const uses = `${String(gpu)} ${models.reader.id}`;
    if (uses !== asked) void keepForOffline(gpu, models.reader.id);
    asked = uses;
  });
}

function runsOnGpu(state: ModelState): boolean {
  return state.kind === 'ready' && state.because === null;
}
