/** A channel's entries page by page, newest first, with what comes live in front. */

import { effect, signal, untracked } from "@preact/signals";
import { get, inWords } from "../../api/client";
import type { Entry } from "../../api/contract";
import type { ChannelModel } from "./model";

const PAGE = 50;
/** The server gives no more at once. */
const MOST = 500;

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
      const { entries, more } = await this.read(`limit=${PAGE}${last === undefined ? "" : `&before=${last}`}`);
      this.list.value = joined(this.list.peek(), entries);
      this.more.value = more;
    } catch (error) {
      this.trouble.value = inWords(error);
    } finally {
      this.busy.value = false;
    }
  }

  /** Takes in what comes live, and reads again what was changed; what it returns ends it. */
  follow(): () => void {
    const past = this.model.past.peek();
    const ends = [
      effect(() => {
        const newest = this.model.newest.value;
        if (newest === null) this.clear();
        else untracked(() => this.take(newest));
      }),
      effect(() => {
        if (this.model.past.value !== past) untracked(() => void this.again());
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  /** Puts an entry that came live where its id belongs. */
  private take(entry: Entry): void {
    const newest = this.list.peek()[0];
    // What is older than the whole page will be read with its own page.
    if (newest !== undefined && entry.entry_id < newest.entry_id) return;
    this.list.value = joined([entry], this.list.peek());
  }

  /** Reads again what is listed: it was changed. What is listed stays until then. */
  async again(): Promise<void> {
    const many = Math.min(MOST, Math.max(PAGE, this.list.peek().length));
    try {
      const { entries, more } = await this.read(`limit=${many}`);
      this.list.value = entries;
      this.more.value = more;
      this.trouble.value = null;
    } catch (error) {
      this.trouble.value = inWords(error);
    }
  }

  private clear(): void {
    this.list.value = [];
    this.more.value = false;
  }

  private read(query: string): Promise<{ entries: Entry[]; more: boolean }> {
    return get(this.model.address(`/entries?${query}`));
  }
}

/** Entries of both lists, each once, newest first. */
export function joined(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const known = new Map([...other, ...one].map((entry) => [entry.entry_id, entry]));
  return [...known.values()].sort((first, second) => second.entry_id - first.entry_id);
}
