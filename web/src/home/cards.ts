/** The cards of a page of channels: what each holds now, and what comes. Not here: how a card looks. */

import { type Signal, signal } from "@preact/signals";
import { inWords } from "../api/client";
import type { Card, Entry } from "../api/contract";
import { live as windowsLive, type Live } from "../live/live";

/** Sparklines move on, and channels come and go: all is read anew this often, in milliseconds. */
const FRESH = 60_000;

type Watched = { card: Signal<Card>; end: () => void };

export class Cards<T> {
  /** What was read last; `null` until then. */
  readonly read = signal<T | null>(null);
  readonly problem = signal<string | null>(null);
  private readonly watched = new Map<number, Watched>();

  constructor(
    private readonly load: () => Promise<T>,
    private readonly cardsOf: (read: T) => Card[],
    private readonly live: Pick<Live, "watch"> = windowsLive,
  ) {}

  /** Reads and follows until what is returned is called. */
  start(): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
      try {
        const read = await this.load();
        if (stopped) return;
        this.take(this.cardsOf(read));
        this.read.value = read;
        this.problem.value = null;
      } catch (error) {
        if (stopped) return;
        this.problem.value = inWords(error);
      }
      timer = setTimeout(() => void round(), this.problem.value === null ? FRESH : 3_000);
    };
    void round();
    return () => {
      stopped = true;
      clearTimeout(timer);
      for (const { end } of this.watched.values()) end();
      this.watched.clear();
    };
  }

  /** A card that was read, as it is now. */
  now(card: Card): Signal<Card> {
    return this.watched.get(card.id)?.card ?? signal(card);
  }

  private take(cards: Card[]): void {
    const ids = new Set(cards.map(({ id }) => id));
    for (const [id, { end }] of this.watched) {
      if (ids.has(id)) continue;
      end();
      this.watched.delete(id);
    }
    for (const card of cards) {
      const known = this.watched.get(card.id);
      if (known !== undefined) {
        // What came live while the answer was on its way is newer than the answer.
        const before = known.card.peek();
        const newer = before.entries > card.entries;
        known.card.value = newer ? { ...card, last: before.last, last_write_at: before.last_write_at, entries: before.entries } : { ...card, last: joined(before.last, card.last) };
        continue;
      }
      const now = signal(card);
      const heard = (entry: Entry) => {
        const before = now.peek();
        now.value = { ...before, last: joined(before.last, entry), entries: entry.entry_id, last_write_at: Math.max(entry.created_at, before.last_write_at ?? 0) };
      };
      const renewed = () => {
        now.value = { ...now.peek(), last: null, entries: 0, spark: {} };
      };
      this.watched.set(card.id, { card: now, end: this.live.watch({ channel: card.id, after: card.entries, heard, renewed }) });
    }
  }
}

/** The newest entry, with the values that it does not carry left as they were: boards often send fields one by one. */
function joined(before: Entry | null, entry: Entry | null): Entry | null {
  if (before === null || entry === null) return entry;
  return { ...entry, fields: { ...before.fields, ...entry.fields } };
}
