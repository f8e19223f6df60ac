/** Whether what is on the page is live, in a word. */

import type { Link } from "../live/stream";

const WORDS = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", paused: "Paused" };

export function LivePill({ link }: { link: Link | "paused" }) {
  return (
    <p class="live-state" data-testid="live-state" data-state={link} role="status">
      {WORDS[link]}
    </p>
  );
}
