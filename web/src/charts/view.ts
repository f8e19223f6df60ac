/** What all charts of a page share: the stretch of time they show, and the moment that is pointed at. */

import { signal } from "@preact/signals";

export type Period = { seconds: number; short: string; words: string };

export const PERIODS: readonly Period[] = [
  { seconds: 120, short: "2 min", words: "2 minutes" },
  { seconds: 300, short: "5 min", words: "5 minutes" },
  { seconds: 900, short: "15 min", words: "15 minutes" },
];

/** Nothing for longer than this, in seconds, is drawn as a hole. */
export const GAP = 20;

export class View {
  readonly period = signal<Period>(PERIODS[0]!);
  /** Seconds since 1970, or nowhere. */
  readonly pointed = signal<number | null>(null);
}
