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
  private again = () => {};

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
      clearTimeout(timer);
      const asked = new Map([...this.watched].map(([id, { card }]) => [id, card.peek().entries]));
      try {
        const read = await this.load();
        if (stopped) return;
        this.take(this.cardsOf(read), asked);
        this.read.value = read;
        this.problem.value = null;
      } catch (error) {
        if (stopped) return;
        this.problem.value = inWords(error);
      }
      timer = setTimeout(() => void round(), this.problem.value === null ? FRESH : 3_000);
    };
    this.again = () => void round();
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

  /** `asked` holds how far each card was when the question was asked. */
  private take(cards: Card[], asked: Map<number, number>): void {
    const ids = new Set(cards.map(({ id }) => id));
    for (const [id, { end }] of this.watched) {
      if (ids.has(id)) continue;
      end();
      this.watched.delete(id);
    }
    for (const card of cards) {
      const known = this.watched.get(card.id);
      if (known === undefined) {
        this.watched.set(card.id, this.follow(signal(card)));
        continue;
      }
      const before = known.card.peek();
      // What came live while the answer was on its way is newer than the answer.
      const newer = before.entries > card.entries && before.entries > (asked.get(card.id) ?? 0);
      const { last, last_write_at, entries } = before;
      known.card.value = newer ? { ...card, last, last_write_at, entries } : { ...card, last: joined(last, card.last) };
      if (!newer && card.entries < entries) {
        // The channel was cleared and counts anew.
        known.end();
        this.watched.set(card.id, this.follow(known.card));
      }
    }
  }

  private follow(card: Signal<Card>): Watched {
    const { id: channel, entries: after } = card.peek();
    const end = this.live.watch({
      channel,
      after,
      heard: (entry) => {
        const before = card.peek();
        const last_write_at = Math.max(entry.created_at, before.last_write_at ?? 0);
        card.value = { ...before, last: joined(before.last, entry), entries: entry.entry_id, last_write_at };
      },
      renewed: () => this.again(),
      reopened: () => this.again(),
    });
    return { card, end };
  }
}

/** The newest entry, with the values that it does not carry left as they were: boards often send fields one by one. */
function joined(before: Entry | null, entry: Entry | null): Entry | null {
  if (before === null || entry === null || entry.entry_id < before.entry_id) return entry;
  return { ...entry, fields: { ...before.fields, ...entry.fields } };
}
