/** Tells a frame what is new in its channel: through the worker that all frames share, or by asking now and then. */

import type { Row } from "./points";
import { read } from "./read";
import type { Ask, Say } from "./worker";

export type Followed = {
  channel: number;
  key: string | null;
  /** How often to ask at least where no stream can be had, in milliseconds. */
  every: number;
  /** The newest id that the frame knows. */
  known: () => number;
  entry: (row: Row) => void;
  /** Something is there that did not come as an entry: read anew. */
  stale: () => void;
};

/** How often the worker is told that the frame is still here, in milliseconds. */
const PULSE = 30_000;
/** As often as the service's frames ask. */
const USUAL = 15_000;

/** Follows a channel for as long as the frame is there. */
export function follow(followed: Followed): void {
  let worker: SharedWorker;
  try {
    worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "fieldpost" });
  } catch {
    // Some browsers have none, and a frame in a sandbox may use none.
    return poll(followed);
  }
  const { port } = worker;
  const say = (ask: Ask) => port.postMessage(ask);
  const join = () => say({ channel: followed.channel, key: followed.key, after: followed.known() });
  let polling = false;
  const instead = () => {
    if (!polling) poll(followed);
    polling = true;
  };
  worker.onerror = instead;
  port.onmessage = ({ data }: MessageEvent<Say>) => {
    if (data === "unknown") join();
    else if (data === "full") instead();
    else if ("at" in data) {
      if (data.at > followed.known()) followed.stale();
    } else {
      const row = JSON.parse(data.entry) as Row;
      // An id that is not new: the channel was cleared and counts from one again.
      if ((row.entry_id ?? 0) <= followed.known()) followed.stale();
      else followed.entry(row);
    }
  };
  join();
  setInterval(() => say("here"), PULSE);
  addEventListener("pagehide", () => say("bye"));
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    join();
    followed.stale();
  });
}

function poll({ channel, key, every, known, stale }: Followed): void {
  const query = new URLSearchParams(key === null ? {} : { api_key: key });
  setInterval(async () => {
    const last = await read<number | null>(channel, "last_entry_id.json", query).catch(() => known());
    if ((last ?? 0) !== known()) stale();
  }, Math.min(every, USUAL));
}
