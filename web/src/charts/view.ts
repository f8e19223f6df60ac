/** What all charts of a page share: the stretch of time they show, and the moment that is pointed at. */

import { type Signal, signal } from "@preact/signals";
import { now } from "../live/clock";

export type Period = { seconds: number; short: string; words: string };

export const PERIODS: readonly Period[] = [
  { seconds: 120, short: "2 min", words: "2 minutes" },
  { seconds: 300, short: "5 min", words: "5 minutes" },
  { seconds: 900, short: "15 min", words: "15 minutes" },
];

const GAP = 20;

/** A stretch of time, as charts see it. */
export interface Stretch {
  /** Seconds since 1970, or nowhere. */
  readonly pointed: Signal<number | null>;
  /** Longer than this without a value, in seconds, is a hole; left open if the readings know better. */
  readonly gap?: number;
  /** From when to when, in seconds; whoever asks while drawing is told of changes. */
  window(): [number, number];
}

/** The last few minutes. */
export class View implements Stretch {
  readonly period = signal<Period>(PERIODS[0]!);
  readonly pointed = signal<number | null>(null);
  readonly gap = GAP;

  window(): [number, number] {
    const end = now.value / 1000;
    return [end - this.period.value.seconds, end];
  }
}
