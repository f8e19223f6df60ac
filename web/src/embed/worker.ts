/**
 * One live stream for all frames of a channel. A browser opens six connections to a server and no more, so a page
 * with eight frames that each held a stream would starve itself; this worker, which they share, holds one for them.
 */

import { Stream } from "../live/stream";

/** What a frame says: follow this channel, or still here, or leaving. */
export type Ask = { channel: number; key: string | null; after: number } | "here" | "bye";

/** What is said to a frame: an entry as it came; where the stream stands; unknown, or too many channels: ask for yourself. */
export type Say = { entry: string } | { at: number } | "unknown" | "full";

/** Streams held at a time, which leaves the browser connections to read with. */
const STREAMS = 3;
/** Frames are followed for as long as they say that they are here, in milliseconds. */
const PATIENCE = 150_000;

class Shared {
  readonly frames = new Map<MessagePort, number>();
  private readonly stream: Stream;

  constructor(
    channel: number,
    key: string | null,
    private last: number,
  ) {
    const secret = key === null ? "" : `api_key=${encodeURIComponent(key)}&`;
    this.stream = new Stream({
      address: () => `/channels/${channel}/live?${secret}after=${this.last}`,
      on: {
        entry: (data) => {
          this.last = (JSON.parse(data) as { entry_id: number }).entry_id;
          this.tell({ entry: data });
        },
      },
      // The channel may have been cleared meanwhile, and count from one again.
      reopened: () => this.tell({ at: Number.MAX_SAFE_INTEGER }),
    });
    this.stream.start();
  }

  join(frame: MessagePort): void {
    this.frames.set(frame, Date.now());
    frame.postMessage({ at: this.last } satisfies Say);
  }

  stop(): void {
    this.stream.stop();
  }

  private tell(say: Say): void {
    for (const frame of this.frames.keys()) frame.postMessage(say);
  }
}

const streams = new Map<string, Shared>();

function heard(frame: MessagePort, ask: Ask): void {
  if (ask === "bye") return leave(frame);
  if (ask === "here") {
    const shared = [...streams.values()].find(({ frames }) => frames.has(frame));
    if (shared) shared.frames.set(frame, Date.now());
    else frame.postMessage("unknown" satisfies Say);
    return;
  }
  const name = `${ask.channel} ${ask.key ?? ""}`;
  let shared = streams.get(name);
  if (!shared) {
    if (streams.size >= STREAMS) return frame.postMessage("full" satisfies Say);
    shared = new Shared(ask.channel, ask.key, ask.after);
    streams.set(name, shared);
  }
  shared.join(frame);
}

function leave(frame: MessagePort): void {
  for (const [name, shared] of streams) {
    if (!shared.frames.delete(frame) || shared.frames.size > 0) continue;
    shared.stop();
    streams.delete(name);
  }
}

// The page's types know no worker; this is all that is needed of one.
(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports: [frame] }) => {
  if (frame) frame.onmessage = ({ data }: MessageEvent<Ask>) => heard(frame, data);
};

setInterval(() => {
  for (const { frames } of [...streams.values()]) {
    for (const [frame, seen] of frames) if (Date.now() - seen > PATIENCE) leave(frame);
  }
}, 60_000);
