/**
 * Corrections of what a channel holds: entries are changed and deleted, and for a while that can be undone. Whoever looks at the
 * channel hears of it over the live connection. Not here: the forms.
 */

import { signal } from "@preact/signals";
import { inWords, patch, put, remove } from "../../api/client";
import type { Correction, Deleted, Entry } from "../../api/contract";
import { count } from "../../ui/words";
import type { ChannelModel } from "./model";
import type { Stretch } from "./range";

/** More entries than this are not kept to be put back. */
export const MOST_UNDONE = 1_000;

/** What was done, in words, and how to undo it. */
export type Notice = { words: string; undo: (() => Promise<void>) | null };

export class Corrections {
  readonly notice = signal<Notice | null>(null);

  constructor(private readonly model: ChannelModel) {}

  async change(before: Entry, change: Correction): Promise<void> {
    await this.send(before.entry_id, change);
    this.say(`${named([before])} was changed.`, () => this.send(before.entry_id, opposite(before, change)));
  }

  async delete(entries: readonly Entry[]): Promise<void> {
    const ids = entries.map(({ entry_id }) => entry_id).join(",");
    this.deleted(named(entries), await remove<Deleted>(this.model.address(`/entries?ids=${ids}`)));
  }

  /** How many entries there are from a time to a time, in seconds. */
  async count(stretch: Stretch): Promise<number> {
    return (await this.model.look(stretch, 10)).entries;
  }

  /** Deletes all entries from a time to a time, in seconds. */
  async deleteBetween([from, until]: Stretch): Promise<void> {
    const deleted = await remove<Deleted>(this.model.address(`/entries?start=${Math.round(from * 1000)}&end=${Math.round(until * 1000)}`));
    this.deleted(many(deleted.count), deleted);
  }

  /** Takes the last correction back. */
  async undo(): Promise<void> {
    const notice = this.notice.peek();
    if (!notice?.undo) return;
    this.notice.value = { words: "Putting back…", undo: null };
    try {
      await notice.undo();
      this.say("It is as it was before.", null);
    } catch (error) {
      this.notice.value = { words: `Could not be undone: ${inWords(error)}`, undo: notice.undo };
    }
    void this.model.renew();
  }

  /** The answer holds what was deleted, unless that was too much to be put back. */
  private deleted(what: string, { count, entries }: Deleted): void {
    const undo = () => put(this.model.address("/entries"), { entries });
    this.say(`${what} ${count === 1 ? "was" : "were"} deleted.`, count > 0 && entries.length === count ? undo : null);
  }

  private say(words: string, undo: Notice["undo"]): void {
    this.notice.value = { words, undo };
    // The live connection tells it too, but may be broken.
    void this.model.renew();
  }

  private async send(id: number, change: Correction): Promise<void> {
    await patch(this.model.address(`/entries/${id}`), change);
  }
}

/** "Entry 1,204", "3 entries". */
export function named(entries: readonly Entry[]): string {
  return entries.length === 1 ? `Entry ${entries[0]!.entry_id.toLocaleString("en-GB")}` : many(entries.length);
}

/** "1 entry", "1,204 entries". */
export function many(entries: number): string {
  return count(entries, "entry", "entries");
}

/** What makes an entry again what it was before a change. */
export function opposite(before: Entry, change: Correction): Correction {
  const texts = Object.keys(change).filter((name): name is keyof Texts => name !== "created_at");
  return {
    ...(change.created_at !== undefined && { created_at: before.created_at }),
    ...Object.fromEntries(texts.map((name) => [name, textOf(before, name) ?? null])),
  };
}

/** What was changed of an entry: only what differs from what it was. What is left empty is taken out. */
export function difference(before: Entry, time: number | null, texts: Texts): Correction | null {
  const changed = (Object.entries(texts) as [keyof Texts, string][]).filter(([name, text]) => text !== (textOf(before, name) ?? ""));
  const change: Correction = {
    ...(time !== null && { created_at: time }),
    ...Object.fromEntries(changed.map(([name, text]) => [name, text === "" ? null : text])),
  };
  return Object.keys(change).length > 0 ? change : null;
}

/** Values by their names, as they were typed. */
export type Texts = { [name in Exclude<keyof Correction, "created_at">]?: string };

function textOf(entry: Entry, name: keyof Texts): string | undefined {
  return name.startsWith("field") ? entry.fields[name.slice("field".length)] : (entry[name as "status"] ?? undefined);
}
