/** A channel's entries page by page, newest first, with what comes live in front. */

import { signal } from "@preact/signals";
import { get, inWords } from "../../api/client";
import type { Entry } from "../../api/contract";
import type { ChannelModel } from "./model";

const PAGE = 50;

export class Entries {
  readonly list = signal<Entry[]>([]);
  readonly more = signal(true);
  readonly busy = signal(false);
  readonly trouble = signal<string | null>(null);

  constructor(private readonly model: ChannelModel) {}

  /** Reads the next page of older entries. */
  async load(): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      const last = this.list.peek().at(-1)?.entry_id;
      const query = `limit=${PAGE}${last === undefined ? "" : `&before=${last}`}`;
      const { entries, more } = await get<{ entries: Entry[]; more: boolean }>(this.model.address(`/entries?${query}`));
      this.list.value = joined(this.list.peek(), entries);
      this.more.value = more;
    } catch (error) {
      this.trouble.value = inWords(error);
    } finally {
      this.busy.value = false;
    }
  }

  /** Puts an entry that came live where its id belongs. */
  take(entry: Entry): void {
    const newest = this.list.peek()[0];
    // What is older than the whole page will be read with its own page.
    if (newest !== undefined && entry.entry_id < newest.entry_id) return;
    this.list.value = joined([entry], this.list.peek());
  }

  clear(): void {
    this.list.value = [];
    this.more.value = false;
  }
}

/** Entries of both lists, each once, newest first. */
export function joined(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const known = new Map([...other, ...one].map((entry) => [entry.entry_id, entry]));
  return [...known.values()].sort((first, second) => second.entry_id - first.entry_id);
}
