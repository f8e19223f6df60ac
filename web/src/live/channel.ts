/** Follows one channel of the boards: what is there, then what comes, without gap or double. */

import { computed, signal } from "@preact/signals";
import { API, get } from "../api/client";
import type { Entry as ApiEntry } from "../api/contract";
import type { Entry } from "../api/types";
import { live as windowsLive, type Live } from "./live";
import { type FieldName, Series } from "./series";
import type { Link } from "./stream";

/** How many entries are asked for at first, and kept. */
export const HISTORY = 300;
const RETRY = 3_000;
/** After a rest longer than this, what was missed is read at once rather than entry by entry. */
const LONG_REST = 5 * 60_000;

export class Channel {
  readonly series: Series;
  /** The entry with the highest id. */
  readonly newest = signal<Entry | null>(null);
  /** The newest entry again, but only if it came live and not with the history. */
  readonly arrived = signal<Entry | null>(null);
  readonly link = computed<Link>(() => this.live.link.value);
  private end: (() => void) | undefined;
  private awake = false;
  private loading = false;
  private restedSince = Number.NEGATIVE_INFINITY;

  constructor(
    readonly id: number,
    fields: readonly FieldName[],
    private readonly live: Pick<Live, "watch" | "link"> = windowsLive,
  ) {
    this.series = new Series(fields, HISTORY);
  }

  /** Begins or goes on. */
  async start(): Promise<void> {
    if (this.awake) return;
    this.awake = true;
    if (Date.now() - this.restedSince > LONG_REST) await this.load();
    this.watch();
  }

  /** Lets go of the connection; what is known stays. */
  stop(): void {
    this.awake = false;
    this.restedSince = Date.now();
    this.end?.();
    this.end = undefined;
  }

  private watch(): void {
    this.end?.();
    this.end = undefined;
    if (!this.awake || this.loading) return;
    this.end = this.live.watch({
      channel: this.id,
      after: this.series.lastId,
      heard: (entry) => this.heard(entry),
      renewed: () => void this.anew(),
      reopened: () => void this.verify(),
    });
  }

  private heard(entry: ApiEntry): void {
    const one = asTexts(entry);
    if (this.loading || !this.series.add(one)) return;
    this.newest.value = one;
    this.arrived.value = one;
  }

  /** Looks whether the server still has what we saw; if not, it has begun anew, and so do we. */
  private async verify(): Promise<void> {
    const seen = this.series.lastId;
    const last = await this.read(1).catch(() => null);
    if (last !== null && (last[0]?.entry_id ?? 0) < seen) await this.anew();
  }

  private async anew(): Promise<void> {
    if (this.loading) return;
    await this.load();
    this.watch();
  }

  private async load(): Promise<void> {
    this.loading = true;
    let entries = await this.read(HISTORY).catch(() => null);
    while (entries === null) {
      await new Promise((resolve) => setTimeout(resolve, RETRY));
      entries = await this.read(HISTORY).catch(() => null);
    }
    this.series.clear();
    // Newest first; ids must grow here.
    for (const entry of entries.toReversed()) this.series.add(entry);
    this.newest.value = entries[0] ?? null;
    this.loading = false;
  }

  private async read(limit: number): Promise<Entry[]> {
    const { entries } = await get<{ entries: ApiEntry[] }>(`${API}/channels/${this.id}/entries?limit=${limit}`);
    return entries.map(asTexts);
  }
}

/** An entry as the boards' drawings and charts know it. */
function asTexts({ entry_id, created_at, fields }: ApiEntry): Entry {
  const entry: Entry = { entry_id, created_at: new Date(created_at).toISOString(), field1: fields["1"] ?? null };
  return fields["2"] === undefined ? entry : { ...entry, field2: fields["2"] };
}
