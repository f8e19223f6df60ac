/**
 * What is seen of a channel's past: the stretch that is shown is drawn at once from what is at hand, as coarse as that may be,
 * and again when the server has answered. While a hand moves, few questions are asked, and one that nobody waits for any
 * more is taken back. Not here: which stretch it is, and what comes live.
 */

import { signal } from "@preact/signals";
import { inWords } from "../../api/client";
import { now } from "../../live/clock";
import type { Overview } from "../../live/columns";
import { History } from "../../live/history";
import { type Level, Levels } from "../../live/levels";
import { lengthOf, question, type Stretch, wider } from "./range";

const RETRY = 3_000;
/** How long a hand must rest before the server is asked, and how long it may move before it is asked all the same, in milliseconds. */
const REST = 90;
const LONGEST = 240;
/** Of a stretch in the past this part of its length is read beyond either end, to be moved into. */
const MARGIN = 0.25;
/** When so little of that is left, more is read. */
const LITTLE = 0.08;

/** Reads a stretch, in milliseconds, or everything. */
export type Ask = (stretch: [number, number] | null, width: number, leaving: AbortSignal) => Promise<Overview>;

export type Wanted = {
  /** In seconds. */
  stretch: Stretch;
  /** It ends now, and goes on. */
  live: boolean;
};

export class Sight {
  readonly history = new History();
  readonly loading = signal(false);
  /** Why the stretch could not be read, while older readings are still shown. */
  readonly trouble = signal<string | null>(null);
  /** There was an answer. */
  readonly read = signal(false);
  private readonly levels = new Levels((id) => this.history.holdsAllSince(id));
  private shown: Level | null = null;
  private leaving: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(
    private readonly ask: Ask,
    private readonly wanted: () => Wanted,
    private readonly points: () => number,
  ) {}

  /** The stretch is another one: shows it, and reads it unless it is known well enough. */
  async look(): Promise<void> {
    const { stretch, live } = this.wanted();
    this.end();
    this.asked = Date.now();
    const { sharp, enough } = this.show(stretch);
    this.loading.value = !sharp;
    if (enough) return;
    const leaving = (this.leaving = new AbortController());
    try {
      const { start, end, width } = this.questionFor(stretch, live);
      const answer = await this.ask([start, end], width, leaving.signal);
      if (leaving.signal.aborted) return;
      this.shown = this.levels.keep(answer, live || end >= now.peek());
      const whole = this.fill(this.shown);
      this.trouble.value = null;
      this.read.value = true;
      if (!whole) this.later(RETRY);
    } catch (error) {
      if (leaving.signal.aborted) return;
      this.trouble.value = inWords(error);
      this.later(RETRY);
    }
    this.loading.value = false;
  }

  /** The stretch moves under a hand: shows what is there, and asks when the hand rests or has moved for long. */
  steer(): void {
    this.show(this.wanted().stretch);
    const passed = Date.now() - this.asked;
    this.later(passed > LONGEST ? 0 : Math.min(REST, LONGEST - passed));
  }

  /** What was read is not so any more: all is read anew, and what is shown stays until then. */
  async anew(): Promise<void> {
    this.history.forget();
    this.levels.clear();
    this.shown = null;
    await this.look();
  }

  /** Reads everything, to have it at hand. */
  async whole(points: number): Promise<Overview> {
    return this.levels.keep(await this.ask(null, points, new AbortController().signal), true).overview;
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.timer);
    this.leaving?.abort();
    this.leaving = null;
  }

  /** Shows the best there is. `sharp` if that is as close as the chart can show, `enough` if nothing needs to be read. */
  private show(stretch: Stretch): { sharp: boolean; enough: boolean } {
    const resolution = lengthOf(stretch, this.points());
    const sharp = this.levels.sharp(stretch, resolution);
    const best = sharp ?? this.levels.coarse(stretch);
    if (best !== null && best !== this.shown) {
      this.shown = best;
      this.fill(best);
    }
    const enough = sharp !== null && (sharp.open || this.levels.sharp(wider(stretch, LITTLE), resolution) !== null);
    return { sharp: sharp !== null, enough };
  }

  private fill({ overview, open }: Level): boolean {
    this.history.bounds = [overview.start / 1000, open ? Number.POSITIVE_INFINITY : overview.end / 1000];
    return this.history.fill(overview);
  }

  private questionFor(stretch: Stretch, live: boolean) {
    if (live) return question(stretch, this.points());
    // As close as the stretch itself needs, over more than it.
    return question(wider(stretch, MARGIN), Math.floor(this.points() * (1 + 2 * MARGIN)));
  }

  private later(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), milliseconds);
  }
}
