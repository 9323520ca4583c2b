import type { Landed, Tabs } from './indexing';
import { lockIndexing } from './locks';

const NAME = 'openbook vectors';

/** The page's other tabs. Where the browser has no channels they are not heard, and read what is stored when they may index. */
export function openTabs(): Tabs {
  const channel = 'BroadcastChannel' in self ? new BroadcastChannel(NAME) : null;
  return {
    lock: lockIndexing,
    tell: (landed) => channel?.postMessage(landed),
    listen(hear) {
      const heard = ({ data }: MessageEvent<Landed>) => {
        hear(data);
      };
      channel?.addEventListener('message', heard);
      return () => channel?.removeEventListener('message', heard);
    },
  };
}
