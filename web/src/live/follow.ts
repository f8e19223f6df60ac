/** Keeps what was read whole: reads it now, and again whenever the live connection is there anew. */

import { effect } from "@preact/signals";
import { live } from "./live";

/** Reads at once and after each break of the connection, or of its news, for something was missed. Gives what ends it. */
export function follow(load: () => unknown): () => void {
  void load();
  let first = true;
  return effect(() => {
    void live.missed.value;
    const isLive = live.link.value === "live";
    if (isLive && !first) void load();
    first = false;
  });
}
