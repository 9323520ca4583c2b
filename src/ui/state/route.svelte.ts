export type Screen = 'compare' | 'library' | 'adapters' | 'models';

/** In the order of work; `key` goes there after `g`. */
export const SCREENS: readonly { readonly id: Screen; readonly label: string; readonly key: string }[] = [
  { id: 'compare', label: 'Compare', key: 'c' },
  { id: 'library', label: 'Library', key: 'l' },
  { id: 'adapters', label: 'Adapters', key: 'a' },
  { id: 'models', label: 'Models', key: 'm' },
];

/** The screen and its query, kept in the address after `#`: `#/library`, `#/?lanes=…`. Never document text. */
export class Route {
  screen = $state<Screen>('compare');
  /** What follows `?` on Compare: lanes and the like. */
  query = $state('');

  constructor() {
    this.read();
  }

  listen(changed: (query: string) => void): () => void {
    const heard = () => {
      const before = this.query;
      this.read();
      if (this.screen === 'compare' && this.query !== before) changed(this.query);
    };
    addEventListener('hashchange', heard);
    return () => removeEventListener('hashchange', heard);
  }

  address(screen: Screen): string {
    return screen === 'compare' ? `#/${this.query ? `?${this.query}` : ''}` : `#/${screen}`;
  }

  go(screen: Screen): void {
    location.hash = this.address(screen);
  }

  /** Writes the query without a new entry in the history, so that Back leaves the page's state alone. */
  write(query: string): void {
    this.query = query;
    remember(query);
    if (this.screen === 'compare') history.replaceState(null, '', this.address('compare'));
  }

  private read(): void {
    const [path = '', query = ''] = location.hash.replace(/^#/, '').split('?', 2);
    this.screen = SCREENS.find(({ id }) => path === `/${id}`)?.id ?? 'compare';
    // Other screens do not show it in their address, and may be loaded anew all the same.
    this.query = this.screen === 'compare' ? query : this.query || remembered();
    remember(this.query);
  }
}

const KEY = 'openbook: query';

function remembered(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

function remember(query: string): void {
  try {
    sessionStorage.setItem(KEY, query);
  } catch {
    // Where the browser keeps nothing, other screens begin with the first preset.
    return;
  }
}
