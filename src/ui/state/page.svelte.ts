import { createContext } from 'svelte';
import type { Lab } from '../../lab';
import { PRESETS } from '../../lanes/presets';
import { decodeLanes, encodeLanes } from '../../lanes/link';
import { Adapters } from './adapters.svelte';
import { Announcer } from './announcer.svelte';
import { Compare } from './compare.svelte';
import { Keyboard } from './keyboard.svelte';
import { Lanes } from './lanes.svelte';
import { Library } from './library.svelte';
import { Models } from './models.svelte';
import { Route } from './route.svelte';
import { Settings } from './settings.svelte';
import { Undo } from './undo.svelte';

/** All the page's state, handed down by context. */
export class Page {
  readonly route = new Route();
  readonly settings = new Settings();
  readonly announcer = new Announcer();
  readonly undo = new Undo((words) => this.announcer.say(words));
  readonly keyboard: Keyboard;
  readonly models: Models;
  readonly adapters: Adapters;
  readonly library: Library;
  readonly lanes: Lanes;
  readonly compare: Compare;
  private readonly stopper = new AbortController();

  constructor(private readonly lab: Lab) {
    this.keyboard = new Keyboard(this);
    this.models = new Models(lab);
    this.adapters = new Adapters(lab, (id) => this.lanes.takeOff(id));
    this.library = new Library(lab, this.undo, this.announcer);
    this.lanes = new Lanes(this.undo, () => this.route.write(this.query()));
    this.compare = new Compare(lab, this.lanes, this.announcer);
    this.readQuery(this.route.query);
  }

  /** Starts the lab and all listening; returns how to end both. */
  open(): () => void {
    const ends = [
      this.models.listen(),
      this.adapters.listen(),
      this.library.listen(),
      this.route.listen((query) => this.readQuery(query)),
      this.keyboard.listen(),
    ];
    void this.compare.open();
    this.models.useDevice('reader', this.settings.devices.reader);
    this.models.useDevice('finder', this.settings.devices.finder);
    void this.lab.start(this.stopper.signal).catch((error: unknown) => this.compare.tell(error));
    return () => {
      this.stopper.abort();
      for (const end of ends) end();
    };
  }

  stopEverything(): void {
    this.compare.stop();
    this.library.stop();
    this.adapters.stop();
    this.models.stop();
  }

  /** A preset by its name; other lanes whole. The first preset needs no words. */
  private query(): string {
    const { preset } = this.lanes;
    const standard = preset?.lanes[0]?.sampling;
    const plain = JSON.stringify(standard) === JSON.stringify(this.lanes.sampling);
    if (!preset || !plain) return `lanes=${encodeLanes(this.lanes.all)}`;
    return preset === PRESETS[0] ? '' : `preset=${preset.id}`;
  }

  private readQuery(query: string): void {
    const parameters = new URLSearchParams(query);
    const preset = PRESETS.find(({ id }) => id === (parameters.get('preset') ?? 'read'));
    const lanes = decodeLanes(parameters.get('lanes') ?? '') ?? preset?.lanes;
    if (!lanes) return;
    this.lanes.replace(lanes);
    this.compare.forgetOthers();
  }
}

export const [usePage, providePage] = createContext<Page>();
