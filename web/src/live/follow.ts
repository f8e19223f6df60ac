/** Keeps what was read whole: reads it now, and again whenever the live connection is there anew. */

import { effect } from "@preact/signals";
import { live } from "./live";

/** Reads at once and after each break of the connection, for something may have been missed. Gives what ends it. */
export function follow(load: () => unknown): () => void {
  void load();
  let first = true;
  return effect(() => {
    const isLive = live.link.value === "live";
    if (isLive && !first) void load();
    first = false;
  });
}
