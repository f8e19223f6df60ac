/**
 * What happens in channels, over the one live connection that a window has: browsers allow six to a server, all
 * windows together. Whoever wants to hear says so here; each hears every entry once, from the id on that they name.
 */

import { signal } from "@preact/signals";
import { withAccess } from "../api/access";
import { API } from "../api/client";
import type { Attempt, Entry } from "../api/contract";
import { type Source, Stream } from "./stream";

export type Listener = {
  channel: number;
  /** The id of the newest entry that is known already. */
  after: number;
  heard: (entry: Entry) => void;
  /** Something else than new entries has changed the channel: it was corrected, or cleared and counts from one again. */
  renewed?: () => void;
  /** The connection is there again after it was broken. The server may be another one by now. */
  reopened?: () => void;
};

/** The server takes so many channels in one stream. */
const CHANNELS_MAX = 50;
/** A window that nobody looks at lets go of its connection after this time. */
const PATIENCE = 1_000;
/** Lets all parts of a page say what they want to hear before the connection is made. */
const GATHER = 20;

type Knock = { of: number | "strangers"; heard: (attempt: Attempt) => void };

/** What else there is to hear of what is the reader's: a command, an automation's run, a device, a relay. */
export type Novelty = "command" | "run" | "device" | "relay";

/** How often something is read again because news of it came meanwhile. */
const TRIES = 5;

type Reader = { of: Novelty; heard: (data: string) => void };

export class Live {
  private readonly listeners = new Set<Listener>();
  private readonly knocks = new Set<Knock>();
  private readonly readers = new Set<Reader>();
  /** How much news of each kind has come. */
  private readonly came = new Map<Novelty, number>();
  /** The id up to which each channel of the open connection was told; `null` where only attempts matter. */
  private told = new Map<number, number | null>();
  private strangers = false;
  private news = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private hidden = false;
  private readonly stream: Stream;
  /** Counts how often news did not come through: whoever shows them must read them again. */
  readonly missed = signal(0);

  constructor(open?: (address: string) => Source) {
    this.stream = new Stream({
      address: () => this.address(),
      on: {
        entry: (data) => this.entry(JSON.parse(data) as { channel: number; entry: Entry }),
        changed: (data) => this.changed(JSON.parse(data) as { channel: number }),
        attempt: (data) => this.attempt(JSON.parse(data) as Attempt),
        command: (data) => this.novelty("command", data),
        run: (data) => this.novelty("run", data),
        device: (data) => this.novelty("device", data),
        relay: (data) => this.novelty("relay", data),
        missed: () => void (this.missed.value += 1),
      },
      reopened: () => {
        for (const listener of [...this.listeners]) listener.reopened?.();
      },
      ...(open && { open }),
    });
  }

  /** How the connection stands. */
  get link() {
    return this.stream.link;
  }

  /** Hears a channel's entries until what is returned is called. `after` moves on with what was heard. */
  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    this.want();
    return () => {
      this.listeners.delete(listener);
      this.want();
    };
  }

  /** Hears what becomes of attempts to reach a channel, or of those that reach none. */
  attempts(of: number | "strangers", heard: (attempt: Attempt) => void): () => void {
    const knock = { of, heard };
    this.knocks.add(knock);
    this.want();
    return () => {
      this.knocks.delete(knock);
      this.want();
    };
  }

  /** Hears what becomes of the reader's commands, runs, devices or relays: each as the API says it. */
  hear<T>(of: Novelty, heard: (what: T) => void): () => void {
    const reader = { of, heard: (data: string) => heard(JSON.parse(data) as T) };
    this.readers.add(reader);
    this.want();
    return () => {
      this.readers.delete(reader);
      this.want();
    };
  }

  /** Reads what there is news of. An answer that news overtook is older than they are and must not be shown over them: it is asked for anew. */
  async settled<T>(of: Novelty, read: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const before = this.came.get(of);
      const answer = await read();
      if (this.came.get(of) === before || tries === TRIES) return answer;
    }
  }

  /** Holds the connection only while somebody looks. */
  followVisibility(page: Document): void {
    let rest: ReturnType<typeof setTimeout> | undefined;
    page.addEventListener("visibilitychange", () => {
      clearTimeout(rest);
      if (!page.hidden) {
        this.hidden = false;
        this.want();
      } else {
        rest = setTimeout(() => {
          this.hidden = true;
          this.want();
        }, PATIENCE);
      }
    });
  }

  private want(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), GATHER);
  }

  private settle(): void {
    const idle = this.listeners.size === 0 && this.knocks.size === 0 && this.readers.size === 0;
    if (this.hidden || idle) {
      if (this.running) this.stream.stop();
      this.running = false;
      // Nothing is broken where nobody listens.
      if (idle) this.stream.link.value = "connecting";
    } else if (!this.running) {
      this.running = true;
      this.stream.start();
    } else if (!this.covers()) {
      this.stream.restart();
    }
  }

  /** True if the open connection tells all that is wanted. What it tells too much does no harm. */
  private covers(): boolean {
    for (const [channel, after] of this.wanted()) {
      const told = this.told.get(channel);
      if (told === undefined || (after !== null && (told === null || after < told))) return false;
    }
    return (this.strangers || !this.wantsStrangers()) && (this.news || this.readers.size === 0);
  }

  /** The channels that are wanted, each with the id of the newest entry that all who listen know. */
  private wanted(): Map<number, number | null> {
    const wanted = new Map<number, number | null>();
    for (const { channel, after } of this.listeners) {
      wanted.set(channel, Math.min(after, wanted.get(channel) ?? after));
    }
    for (const { of } of this.knocks) {
      if (of !== "strangers" && !wanted.has(of)) wanted.set(of, null);
    }
    return new Map([...wanted].slice(0, CHANNELS_MAX));
  }

  private wantsStrangers(): boolean {
    return [...this.knocks].some(({ of }) => of === "strangers");
  }

  private address(): string {
    this.told = this.wanted();
    this.strangers = this.wantsStrangers();
    this.news = this.readers.size > 0;
    const channels = [...this.told].map(([channel, after]) => (after === null ? channel : `${channel}:${after}`));
    const more = `${this.strangers ? "&strangers=1" : ""}${this.news ? "&news=1" : ""}`;
    return withAccess(`${API}/live?channels=${channels.join(",")}${more}`);
  }

  private entry({ channel, entry }: { channel: number; entry: Entry }): void {
    const { entry_id: id } = entry;
    const anew = id <= (this.told.get(channel) ?? 0);
    this.told.set(channel, id);
    for (const listener of [...this.listeners].filter((each) => each.channel === channel)) {
      if (anew) listener.renewed?.();
      else if (id <= listener.after) continue;
      listener.after = id;
      listener.heard(entry);
    }
  }

  private changed({ channel }: { channel: number }): void {
    for (const listener of [...this.listeners].filter((each) => each.channel === channel)) listener.renewed?.();
  }

  private attempt(attempt: Attempt): void {
    const of = attempt.channel ?? "strangers";
    for (const knock of [...this.knocks].filter((each) => each.of === of)) knock.heard(attempt);
  }

  private novelty(of: Novelty, data: string): void {
    this.came.set(of, (this.came.get(of) ?? 0) + 1);
    for (const reader of [...this.readers].filter((each) => each.of === of)) reader.heard(data);
  }
}

/** The window's one live connection. */
export const live = new Live();
