/**
 * Everything a channel's page knows: what the channel is, the stretch that is shown, its readings, those of the
 * last day for the tiles, and what comes live. Not here: how any of it looks.
 */

import { computed, effect, signal, untracked } from "@preact/signals";
import { withAccess } from "../../api/access";
import { API, ApiError, get, inWords } from "../../api/client";
import type { Detail, Entry, Series } from "../../api/contract";
import type { Measure } from "../../charts/reading";
import { now } from "../../live/clock";
import { History, MOST_POINTS } from "../../live/history";
import { live } from "../../live/live";
import { type Clock, clock } from "../../ui/words";
import { place, setQuery } from "../../router/router";
import { zone as readersZone } from "../../session";
import { fromQuery, liveEnd, question, type Range, sane, type Span, type Stretch, toQuery } from "./range";

const RETRY = 3_000;
const HOUR = 3_600;
/** Entries that may wait while the page is paused; more are read anew. */
const MOST_HELD = 500;
/** What the tiles look back on, in seconds: a day, also on a day of 25 hours. */
const DAY = 25 * 3_600;

export class ChannelModel {
  readonly detail = signal<Detail | null>(null);
  /** The entry with the highest id. */
  readonly newest = signal<Entry | null>(null);
  /** Why there is nothing to see. */
  readonly problem = signal<{ words: string; status: number } | null>(null);
  /** Why the stretch could not be read, while older readings are still shown. */
  readonly trouble = signal<string | null>(null);
  readonly history = new History();
  readonly today = new History();
  /** How each field is written, found out as values come. */
  readonly measures = new Map<number, Measure>();
  /** The newest text of each field that has no numbers lately. */
  readonly texts = signal<{ [no: string]: string }>({});
  /** Both the stretch and the last day were answered for the first time. */
  readonly ready = computed(() => this.stretchRead.value && this.dayRead.value);
  private readonly stretchRead = signal(false);
  private readonly dayRead = signal(false);
  readonly loading = signal(false);
  /** A stretch is being typed. */
  readonly choosing = signal(false);
  readonly pointed = signal<number | null>(null);
  /** When the page was paused, in seconds; `null` while it follows. */
  readonly paused = signal<number | null>(null);
  readonly range = computed<Range>(() => fromQuery(place.value.query));
  readonly link = live.link;
  /** Where the first entry is, once somebody asked for all. */
  private readonly first = signal<number | null>(null);
  private held: Entry[] = [];
  private heldTooMany = false;
  private turn = 0;
  private readonly ends: (() => void)[] = [];

  constructor(readonly id: number) {}

  /** The zone that times are said in: the channel's if the reader chose it, else theirs. */
  readonly zone = computed<string | undefined>(() => {
    const channels = this.detail.value?.timezone ?? undefined;
    return place.value.query.get("times") === "channel" && channels ? channels : readersZone.value;
  });

  get clock(): Clock {
    return clock(this.zone.value);
  }

  /** From when to when, in seconds; a live stretch moves on, in steps that can be seen. */
  window(): Stretch {
    const { stretch, span } = this.range.value;
    if (stretch) return stretch;
    const until = this.until.value;
    return [span.seconds === null ? (this.first.value ?? until - HOUR) : until - span.seconds, until];
  }

  private readonly until = computed(() => {
    const end = this.paused.value ?? now.value / 1000;
    const seconds = this.range.value.span.seconds ?? Math.max(60, end - (this.first.value ?? end - HOUR));
    // An entry whose clock runs a little ahead is still in sight.
    const newest = this.paused.value === null ? (this.newest.value?.created_at ?? 0) / 1000 : 0;
    return Math.max(liveEnd(end, seconds), newest - end < 60 ? newest : 0);
  });

  readonly isFixed = computed(() => this.range.value.stretch !== null);

  /** Begins; what it returns ends it. */
  start(): () => void {
    void this.open();
    return () => {
      this.turn += 1;
      for (const end of this.ends.splice(0)) end();
    };
  }

  choose(span: Span): void {
    setQuery(toQuery({ span, stretch: null }));
  }

  /** Shows a stretch of its own. */
  readonly zoom = {
    to: (from: number, until: number) => {
      const stretch = sane([from, Math.min(until, Math.max(from + 1, now.peek() / 1000 + 60))]);
      if (stretch) setQuery(toQuery({ span: this.range.peek().span, stretch }));
    },
    back: () => {
      const { span, stretch } = this.range.peek();
      if (stretch) setQuery(toQuery({ span, stretch: null }));
    },
  };

  pause(): void {
    this.paused.value = now.peek() / 1000;
  }

  goOn(): void {
    this.paused.value = null;
    const held = this.held.splice(0);
    if (this.heldTooMany) {
      this.heldTooMany = false;
      void this.load();
      void this.loadToday();
    }
    for (const entry of held) this.take(entry);
  }

  /** Takes in what the server said of the channel after a change. */
  learn(detail: Detail): void {
    this.detail.value = detail;
  }

  /** Reads the channel itself again, as after its entries were cleared. */
  async renew(): Promise<void> {
    this.history.clear();
    this.today.clear();
    this.held = [];
    const detail = await get<Detail>(this.address());
    this.learn(detail);
    this.newest.value = detail.last;
    await Promise.all([this.load(), this.loadToday()]);
  }

  private async open(): Promise<void> {
    const mine = this.turn;
    const detail = await this.insist(() => get<Detail>(this.address()), mine);
    if (detail === null) return;
    this.detail.value = detail;
    this.newest.value = detail.last;
    this.ends.push(
      live.watch({
        channel: this.id,
        after: detail.entries,
        heard: (entry) => this.heard(entry),
        renewed: () => void this.renew(),
      }),
    );
    void this.loadToday().then(() => this.loadTexts());
    // Another range is another question; time going on is not.
    const wanted = computed(() => JSON.stringify([this.range.value.span.name, this.range.value.stretch]));
    this.ends.push(
      effect(() => {
        void wanted.value;
        untracked(() => void this.load());
      }),
    );
    // What has left a live stretch is let go now and then; what has become too much is asked for anew.
    const tidy = setInterval(() => {
      if (this.isFixed.peek()) return;
      untracked(() => this.history.dropBefore(this.window()[0]));
      this.today.dropBefore(now.peek() / 1000 - DAY);
      if (this.history.length > MOST_POINTS) void this.load();
    }, 10_000);
    this.ends.push(() => clearInterval(tidy));
  }

  private heard(entry: Entry): void {
    if (this.paused.peek() === null) this.take(entry);
    else if (this.held.length < MOST_HELD) this.held.push(entry);
    else this.heldTooMany = true;
  }

  private take(entry: Entry): void {
    this.newest.value = entry;
    if (Object.keys(entry.fields).some((no) => no in this.texts.peek())) this.texts.value = { ...this.texts.peek(), ...entry.fields };
    this.history.add(entry);
    this.today.add(entry);
  }

  /** Reads the stretch that is shown. What was read before stays until the answer is there. */
  private async load(): Promise<void> {
    const mine = ++this.turn;
    this.loading.value = true;
    this.trouble.value = null;
    try {
      const { span, stretch } = this.range.peek();
      if (span.seconds === null && stretch === null && this.first.peek() === null) {
        const first = await this.findFirst();
        if (mine !== this.turn) return;
        this.first.value = first;
      }
      const [from, until] = untracked(() => this.window());
      const asked = question([from, until], points());
      const answer = await this.read(asked.start / 1000, asked.end / 1000, asked.points);
      if (mine !== this.turn) return;
      this.history.bounds = [answer.start_at / 1000, stretch ? answer.end_at / 1000 : Number.POSITIVE_INFINITY];
      const whole = this.history.fill(answer);
      this.stretchRead.value = true;
      this.loading.value = false;
      if (!whole) setTimeout(() => mine === this.turn && void this.load(), RETRY);
    } catch (error) {
      if (mine !== this.turn) return;
      this.loading.value = false;
      this.trouble.value = inWords(error);
      setTimeout(() => mine === this.turn && void this.load(), RETRY);
    }
  }

  private async loadToday(): Promise<void> {
    const until = now.peek() / 1000;
    const answer = await this.read(until - DAY, until + 60, 600).catch(() => null);
    if (answer !== null) this.today.fill(answer);
    this.dayRead.value = true;
  }

  /** Looks for words where there are no numbers: they are in no series. */
  private async loadTexts(): Promise<void> {
    const { fields } = this.detail.peek()!;
    if (fields.every(({ no }) => this.today.isSwitch(no) !== null)) return;
    const { entries } = await get<{ entries: Entry[] }>(this.address("/entries?limit=100")).catch(() => ({ entries: [] }));
    const texts: { [no: string]: string } = {};
    for (const entry of entries.toReversed()) Object.assign(texts, entry.fields);
    for (const { no } of fields) if (this.today.isSwitch(no) !== null) delete texts[no];
    this.texts.value = texts;
  }

  /** When the first entry was. The server is asked about all time, then about what it found, until that is exact. */
  private async findFirst(): Promise<number> {
    const until = now.peek() / 1000;
    let from = 0;
    for (let round = 0; round < 6; round += 1) {
      const { times, resolution_ms, start_at } = await this.read(from, until, 600);
      const first = (times[0] ?? Math.max(start_at, (until - 3_600) * 1000)) / 1000;
      if (resolution_ms === 0 || first - from <= (resolution_ms / 1000) * 2) return first;
      from = Math.max(0, first - resolution_ms / 1000);
    }
    return from;
  }

  private read(from: number, until: number, points: number): Promise<Series> {
    const query = `start=${Math.floor(from * 1000)}&end=${Math.ceil(until * 1000)}&points=${points}`;
    return get<Series>(this.address(`/series?${query}`));
  }

  /** Where the channel, or a part of it, is found with the access that the page came with. */
  address(more = ""): string {
    return untracked(() => withAccess(`${API}/channels/${this.id}${more}`));
  }

  /** Asks until there is an answer; a "no" ends it. */
  private async insist<T>(ask: () => Promise<T>, mine: number): Promise<T | null> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const status = error instanceof ApiError ? error.status : 0;
        this.problem.value = { words: inWords(error), status };
        if (status !== 0) return null;
        await new Promise((resolve) => setTimeout(resolve, RETRY));
        if (mine !== this.turn) return null;
      }
    }
  }
}

/** As many points as there is room for. */
function points(): number {
  return innerWidth < 700 ? 400 : 800;
}
