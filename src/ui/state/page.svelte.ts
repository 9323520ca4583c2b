import { createContext } from 'svelte';
import type { Lab, ModelInfo } from '../../lab';
import { PRESETS } from '../../lanes/presets';
import { decodeLanes, encodeLanes } from '../../lanes/link';
import { Adapters } from './adapters.svelte';
import { Announcer } from './announcer.svelte';
import { Audits } from './audits.svelte';
import { Cards } from './cards.svelte';
import { Catalogue } from './catalogue.svelte';
import { Chunks } from './chunks.svelte';
import { Compare } from './compare.svelte';
import { Fetching } from './fetching.svelte';
import { Keyboard } from './keyboard.svelte';
import { Lanes } from './lanes.svelte';
import { Library } from './library.svelte';
import { Models } from './models.svelte';
import { NoiseLab } from './noise.svelte';
import { Playground } from './playground.svelte';
import { Room } from './room.svelte';
import { Route } from './route.svelte';
import { Servers } from './servers.svelte';
import { Settings } from './settings.svelte';
import { Shelves } from './shelves.svelte';
import { Undo } from './undo.svelte';

/** All the page's state, handed down by context. */
export class Page {
  readonly route = new Route();
  readonly settings = new Settings();
  readonly announcer = new Announcer();
  readonly undo = new Undo((words) => this.announcer.say(words));
  readonly keyboard: Keyboard;
  readonly models: Models;
  readonly catalogue: Catalogue;
  readonly cards: Cards;
  readonly servers: Servers;
  readonly adapters: Adapters;
  readonly audits: Audits;
  readonly library: Library;
  readonly shelves: Shelves;
  readonly fetching: Fetching;
  readonly chunks: Chunks;
  readonly lanes: Lanes;
  readonly room: Room;
  readonly compare: Compare;
  readonly noise: NoiseLab;
  readonly playground: Playground;
  private readonly stopper = new AbortController();

  constructor(private readonly lab: Lab) {
    this.keyboard = new Keyboard(this);
    this.lanes = new Lanes(this.undo, () => this.route.write(this.query()));
    this.models = new Models(lab, (reader, before) => this.readerInUse(reader, before));
    this.catalogue = new Catalogue(lab, this.undo, this.announcer);
    this.cards = new Cards(lab);
    this.servers = new Servers(lab, this.announcer);
    this.adapters = new Adapters(lab, this.lanes, this.undo, this.announcer);
    this.audits = new Audits(lab, this.adapters, this.announcer);
    this.library = new Library(lab, this.undo, this.announcer);
    this.room = new Room(lab, this.library, this.catalogue, this.adapters);
    this.shelves = new Shelves(lab, this.library, this.undo, this.announcer);
    this.fetching = new Fetching(lab, this.library);
    this.chunks = new Chunks(lab, this.library, this.announcer);
    this.compare = new Compare(lab, this.lanes, this.announcer);
    this.noise = new NoiseLab(lab, this.compare, this.lanes, this.adapters, this.announcer);
    this.playground = new Playground(
      lab,
      this.library,
      this.catalogue,
      this.announcer,
      () => this.compare.samples,
      () => this.models.finder?.id,
    );
    this.readQuery(this.route.query);
  }

  /** Starts the lab and all listening; returns how to end both. */
  open(): () => void {
    const ends = [
      this.models.listen(),
      this.catalogue.listen(),
      this.adapters.listen(),
      this.library.listen(),
      this.chunks.listen(),
      this.route.listen((query) => this.readQuery(query)),
      this.keyboard.listen(),
    ];
    void this.compare.open();
    this.models.useDevice('reader', this.settings.devices.reader);
    this.models.useDevice('finder', this.settings.devices.finder);
    void this.lab
      .start(this.stopper.signal)
      .catch((error: unknown) => this.compare.tell(error))
      .then(() => Promise.all([this.catalogue.endRemovals(), this.adapters.endRemovals()]));
    // What is only hidden until its offer lapses would be back at the next visit.
    const leave = () => this.undo.clear();
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      this.stopper.abort();
      for (const end of ends) end();
    };
  }

  /** A larger reader takes the smaller one's place by itself, which the visitor may not want. */
  private readerInUse(reader: ModelInfo, before: ModelInfo | null): void {
    // Lanes follow a visitor's choice before the lab hears of it.
    const byItself = reader.state.kind === 'ready' && reader.succeeds === before?.id && this.lanes.model !== reader.id;
    this.lanes.modelInUse(reader.id);
    if (!before || !byItself) return;
    const words = `${reader.label} is loaded and answers from now on.`;
    this.undo.set(words, {
      back: () => {
        this.useReader(before.id);
        return true;
      },
    });
    this.announcer.say(words);
  }

  /** Makes a model the one that lanes run on which name no other. */
  useReader(id: string): void {
    this.lanes.useModel(id);
    this.catalogue.use('reader', id);
  }

  stopEverything(): void {
    this.compare.stop();
    this.noise.stop();
    this.library.stop();
    this.fetching.stop();
    this.playground.stop();
    this.adapters.stop();
    this.audits.stop();
    this.catalogue.stop();
    this.servers.stop();
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
    const lanes = decodeLanes(parameters.get('lanes') ?? '');
    if (lanes) this.lanes.replace(lanes);
    else if (preset) this.lanes.begin(preset);
    else return;
    this.compare.forgetOthers();
  }
}

export const [usePage, providePage] = createContext<Page>();
