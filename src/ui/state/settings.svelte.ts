import type { DeviceChoice } from '../../lab';

export type Theme = 'follow system' | 'light' | 'dark';
const DEVICES: readonly DeviceChoice[] = ['auto', 'webgpu', 'wasm'];
type Model = 'reader' | 'finder';
const MODELS: readonly Model[] = ['reader', 'finder'];
const DEVICE_KEYS: Readonly<Record<Model, string>> = { reader: 'device', finder: 'finder-device' };
const THEMES: readonly Theme[] = ['follow system', 'light', 'dark'];

/** Taste, kept between visits where the browser allows it. */
export class Settings {
  theme = $state<Theme>('follow system');
  /** Single-letter keys can be turned off (WCAG 2.1.4). */
  singleKeys = $state(true);

  /** Where the models run. */
  devices = $state<Record<Model, DeviceChoice>>({ reader: 'auto', finder: 'auto' });

  constructor() {
    this.theme = THEMES.find((theme) => theme === read('theme')) ?? 'follow system';
    this.singleKeys = read('single-keys') !== 'off';
    for (const model of MODELS)
      this.devices[model] = DEVICES.find((device) => device === read(DEVICE_KEYS[model])) ?? 'auto';
  }

  nextTheme(): void {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'follow system';
    keep('theme', this.theme);
  }

  useDevice(model: Model, device: DeviceChoice): void {
    this.devices[model] = device;
    keep(DEVICE_KEYS[model], device);
  }

  setSingleKeys(on: boolean): void {
    this.singleKeys = on;
    keep('single-keys', on ? 'on' : 'off');
  }
}

// Storage access throws where the browser forbids it; taste is then kept for this visit only.
function read(key: string): string | null {
  try {
    return localStorage.getItem(`openbook:${key}`);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`openbook:${key}`, value);
  } catch {
    return;
  }
}
