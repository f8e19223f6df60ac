/**
 * Everything a channel's page knows: what the channel is, which stretch is shown, its readings of the
 * last day for the tiles, and what comes live. Not here: reading the stretch (`sight.ts`), and how any of it looks.
 */

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { withAccess } from "../../api/access";
import { API, ApiError, get, getBytes, inWords } from "../../api/client";
import type { Detail, Entry } from "../../api/contract";
import type { Zoom } from "../../charts/chart";
import type { Measure } from "../../charts/reading";
import { now } from "../../live/clock";
import { decode, type Overview } from "../../live/columns";
import { History, MOST_POINTS } from "../../live/history";
import { live } from "../../live/live";
import { type Clock, clock } from "../../ui/words";
import { place, setQuery } from "../../router/router";
import { zone as readersZone } from "../../session";
import { validOf } from "./fields";
import { between, fromQuery, liveEnd, type Range, sane, SHORTEST, type Span, type Stretch, toQuery } from "./range";
import { Sight } from "./sight";

const RETRY = 3_000;
const HOUR = 3_600;
/** Entries that may wait while the page is paused; more are read anew. */
const MOST_HELD = 500;
/** What the tiles look back on, in seconds: a day, also on a day of 25 hours. */
const DAY = 25 * 3_600;
/** When a hand has rested for so many milliseconds, the stretch is where it was moved to. */
const SETTLED = 280;
/** The strip of the whole history is drawn of so many points. */
const STRIP = 600;

export class ChannelModel {
  readonly detail = signal<Detail | null>(null);
  /** The entry with the highest id. */
  readonly newest = signal<Entry | null>(null);
  /** Why there is nothing to see. */
  readonly problem = signal<{ words: string; status: number } | null>(null);
  readonly sight = new Sight(
    (stretch, width, leaving) => this.read(stretch, width, leaving),
    () => untracked(() => ({ stretch: this.window(), live: !this.isFixed.value })),
    points,
  );
  readonly history = this.sight.history;
  readonly loading = this.sight.loading;
  readonly trouble = this.sight.trouble;
  readonly today = new History();
  /** How each field is written, found out as values come. */
  readonly measures = new Map<number, Measure>();
  /** The newest text of each field that has no numbers lately. */
  readonly texts = signal<{ [no: string]: string }>({});
  /** Both the stretch and the last day were answered for the first time. */
  readonly ready = computed(() => this.sight.read.value && this.dayRead.value);
  private readonly dayRead = signal(false);
  /** A stretch is being typed. */
  readonly choosing = signal(false);
  readonly pointed = signal<number | null>(null);
  /** When the page was paused, in seconds; `null` while it follows. */
  readonly paused = signal<number | null>(null);
  readonly range = computed<Range>(() => fromQuery(place.value.query));
  /** Where a hand has moved the stretch to, until it rests. */
  private readonly moving = signal<Stretch | null>(null);
  /** The stretch that was chosen or zoomed into; `null` while the end is now. */
  readonly stretch = computed(() => this.moving.value ?? this.range.value.stretch);
  readonly link = live.link;
  /** Where the first entry is, once that was found out. */
  readonly first = signal<number | null>(null);
  /** The whole history, for the strip below the charts. */
  readonly whole = signal<Overview | null>(null);
  private settling: ReturnType<typeof setTimeout> | undefined;
  /** Counts how often the past was changed: who shows entries reads them again. */
  readonly past = signal(0);
  private stale = false;
  private renewing: Promise<void> | null = null;
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
    const { span } = this.range.value;
    if (this.stretch.value) return this.stretch.value;
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

  readonly isFixed = computed(() => this.stretch.value !== null);

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
  readonly zoom: Zoom = {
    to: (from, until) => {
      const stretch = this.fitting(from, until);
      if (stretch === null) return;
      clearTimeout(this.settling);
      batch(() => {
        this.moving.value = null;
        setQuery(toQuery({ span: this.range.peek().span, stretch }));
      });
    },
    move: (from, until) => {
      const stretch = this.fitting(from, until);
      if (stretch === null) return;
      this.moving.value = stretch;
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.zoom.to(...stretch), SETTLED);
    },
    back: () => {
      const { span, stretch } = this.range.peek();
      clearTimeout(this.settling);
      batch(() => {
        this.moving.value = null;
        if (stretch) setQuery(toQuery({ span, stretch: null }));
      });
    },
  };

  /** From the first entry to now. */
  all(): Stretch {
    const end = now.peek() / 1000;
    return [Math.min(this.first.peek() ?? 0, end - HOUR), end];
  }

  /** A stretch that can be shown: as it is wanted, but not shorter than anything, nor beyond what there is. */
  private fitting(from: number, until: number): Stretch | null {
    const stretch = sane([from, Math.max(until, from + SHORTEST)]);
    const [first, last] = this.all();
    // A moment beyond the newest entry is still in sight.
    return stretch && between(stretch, [first, Math.max(last + 60, this.range.peek().stretch?.[1] ?? 0)]);
  }

  pause(): void {
    this.paused.value = now.peek() / 1000;
  }

  goOn(): void {
    this.paused.value = null;
    const held = this.held.splice(0);
    if (this.heldTooMany) {
      this.heldTooMany = false;
      void this.show();
      void this.loadToday();
    }
    for (const entry of held) this.take(entry);
  }

  /** Takes in what the server said of the channel. Other values are believed: what was read of them is not what is drawn. */
  learn(detail: Detail): void {
    const believed = (of: Detail | null) => JSON.stringify(of?.fields.map(validOf));
    const otherwise = this.detail.peek() !== null && believed(this.detail.peek()) !== believed(detail);
    this.detail.value = detail;
    for (const history of [this.history, this.today]) {
      history.valid = new Map(detail.fields.flatMap((field) => (validOf(field) ? [[field.no, validOf(field)!]] : [])));
    }
    if (otherwise) void Promise.all([this.sight.anew(), this.loadToday(), this.findWhole()]);
  }

  /** Reads the channel and what it holds again: something else than new entries has changed it. Many changes at once are read once. */
  renew(): Promise<void> {
    this.stale = true;
    this.renewing ??= this.whileStale().finally(() => void (this.renewing = null));
    return this.renewing;
  }

  private async whileStale(): Promise<void> {
    while (this.stale) {
      this.stale = false;
      await this.readAnew();
    }
  }

  private async readAnew(): Promise<void> {
    this.today.forget();
    this.held = [];
    const detail = await get<Detail>(this.address()).catch(() => null);
    if (detail !== null) {
      this.learn(detail);
      this.newest.value = detail.last;
    }
    this.past.value += 1;
    await Promise.all([this.sight.anew(), this.loadToday(), this.findWhole()]);
    void this.loadTexts();
  }

  private async open(): Promise<void> {
    const mine = this.turn;
    const detail = await this.insist(() => get<Detail>(this.address()), mine);
    if (detail === null) return;
    this.learn(detail);
    this.newest.value = detail.last;
    this.history.latest = (detail.last?.created_at ?? 0) / 1000;
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
    const wanted = computed(() => (this.moving.value ? null : JSON.stringify([this.range.value.span.name, this.range.value.stretch])));
    this.ends.push(
      effect(() => {
        if (wanted.value !== null) untracked(() => void this.show());
      }),
      effect(() => {
        if (this.moving.value !== null) untracked(() => this.sight.steer());
      }),
      // The strip comes after what was asked for.
      effect(() => {
        if (this.ready.value && this.whole.peek() === null) untracked(() => void this.findWhole());
      }),
    );
    // What has left a live stretch is let go now and then; what has become too much is asked for anew.
    const tidy = setInterval(() => {
      if (!this.isFixed.peek()) {
        untracked(() => this.history.dropBefore(this.window()[0]));
        this.today.dropBefore(now.peek() / 1000 - DAY);
      }
      if (this.history.length > MOST_POINTS) void this.show();
    }, 10_000);
    this.ends.push(() => clearInterval(tidy), () => clearTimeout(this.settling), () => this.sight.end());
  }

  private heard(entry: Entry): void {
    if (this.paused.peek() === null) this.take(entry);
    else if (this.held.length < MOST_HELD) this.held.push(entry);
    else this.heldTooMany = true;
  }

  private take(entry: Entry): void {
    this.newest.value = entry;
    if (Object.keys(entry.fields).some((no) => no in this.texts.peek())) this.texts.value = { ...this.texts.peek(), ...entry.fields };
    this.history.latest = Math.max(this.history.latest, entry.created_at / 1000);
    this.history.add(entry);
    this.today.add(entry);
  }

  /** Reads a stretch, in seconds, beside what is shown. */
  look([from, until]: Stretch, width: number): Promise<Overview> {
    return this.read([Math.round(from * 1000), Math.round(until * 1000)], width);
  }

  /** Entries below an id, newest first. */
  async entries(before: number, limit: number): Promise<Entry[]> {
    return (await get<{ entries: Entry[] }>(this.address(`/entries?before=${before}&limit=${limit}`))).entries;
  }

  /** The entry with an id, with all that was sent; `null` if it is gone. */
  async entry(id: number): Promise<Entry | null> {
    const [entry] = await this.entries(id + 1, 1);
    return entry?.entry_id === id ? entry : null;
  }

  /** Shows the stretch that is wanted. */
  private async show(): Promise<void> {
    if (this.range.peek().span.seconds === null && this.stretch.peek() === null && this.first.peek() === null) await this.findWhole();
    await this.sight.look();
  }

  private async loadToday(): Promise<void> {
    const until = now.peek() / 1000;
    const answer = await this.read([(until - DAY) * 1000, (until + 60) * 1000], 600).catch(() => null);
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

  /** Reads the whole history, for the strip and to know where it begins. */
  private async findWhole(): Promise<void> {
    const mine = this.turn;
    const whole = await this.insist(() => this.sight.whole(STRIP), mine);
    if (whole === null) return;
    this.first.value = whole.start / 1000;
    this.whole.value = whole;
  }

  /** Reads a stretch, in milliseconds, or everything. */
  private async read(stretch: [number, number] | null, width: number, leaving = new AbortController().signal): Promise<Overview> {
    const query = `${stretch ? `start=${Math.floor(stretch[0])}&end=${Math.ceil(stretch[1])}&` : ""}width=${width}`;
    return decode(await getBytes(this.address(`/overview?${query}`), leaving));
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

/** As many points as there is room for: about one for each pixel of a chart. */
function points(): number {
  return innerWidth < 700 ? 600 : 1_200;
}
