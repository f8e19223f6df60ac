/** Follows one channel: what is there, then what comes, without gap or double. */

import { computed, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Entry, Feed } from "../api/types";
import { type FieldName, Series } from "./series";
import { type Link, type Source, Stream } from "./stream";

/** How many entries are asked for at first, and kept. */
export const HISTORY = 300;
const RETRY = 3_000;
/** After a rest longer than this, what was missed is read at once rather than entry by entry. */
const LONG_REST = 5 * 60_000;

export class Channel {
  readonly series: Series;
  /** The entry with the highest id. */
  readonly newest = signal<Entry | null>(null);
  /** The newest entry again, but only if it came through the stream and not with the history. */
  readonly arrived = signal<Entry | null>(null);
  readonly link = computed<Link>(() => this.stream.link.value);
  private readonly stream: Stream;
  /** True while the present state is being asked for; what the stream says meanwhile is asked for again. */
  private loading = false;
  private missed = false;
  private awake = false;
  private restedSince = Number.NEGATIVE_INFINITY;

  constructor(
    readonly id: number,
    fields: readonly FieldName[],
    open?: (address: string) => Source,
  ) {
    this.series = new Series(fields, HISTORY);
    this.stream = new Stream({
      address: () => `/channels/${id}/live?after=${this.series.lastId}`,
      on: { entry: (data) => this.heard(JSON.parse(data) as Entry) },
      reopened: () => void this.verify(),
      ...(open && { open }),
    });
  }

  /** Begins or goes on. */
  async start(): Promise<void> {
    if (this.awake) return;
    this.awake = true;
    if (Date.now() - this.restedSince > LONG_REST) await this.load();
    if (this.awake) this.stream.start();
  }

  /** Lets go of the connection; what is known stays. */
  stop(): void {
    this.awake = false;
    this.restedSince = Date.now();
    this.stream.stop();
  }

  private heard(entry: Entry): void {
    if (this.loading) {
      this.missed = true;
    } else if (this.series.add(entry)) {
      this.newest.value = entry;
      this.arrived.value = entry;
    } else {
      // An id that is not new: a double, or the channel was cleared and counts from one again.
      void this.verify();
    }
  }

  /** Looks whether the server still has what we saw; if not, it has begun anew, and so do we. */
  private async verify(): Promise<void> {
    if (this.loading) return;
    const seen = this.series.lastId;
    const feed = await this.read(1).catch(() => null);
    // Feeds are in the order of times: their last entry need not have the last id.
    if (feed === null || this.loading || (feed.channel.last_entry_id ?? 0) >= seen) return;
    this.missed = true;
    await this.load();
  }

  private async load(): Promise<void> {
    this.loading = true;
    let feed = await this.read(HISTORY).catch(() => null);
    while (feed === null) {
      await new Promise((resolve) => setTimeout(resolve, RETRY));
      feed = await this.read(HISTORY).catch(() => null);
    }
    this.series.clear();
    // Entries that came late have high ids and early times; ids must grow here.
    const entries = feed.feeds.toSorted((one, other) => one.entry_id - other.entry_id);
    for (const entry of entries) this.series.add(entry);
    this.newest.value = entries.at(-1) ?? null;
    this.loading = false;
    if (this.missed && this.awake) this.stream.restart();
    this.missed = false;
  }

  private read(results: number): Promise<Feed> {
    return get<Feed>(`/channels/${this.id}/feeds.json?results=${results}`);
  }
}
