/** How long a channel’s entries are kept, as its settings form has it and as it is asked for. Not here: how it looks. */

import type { Keep } from "../../api/contract";

/** A step as it is typed: one entry for so many minutes, until it is so many days old; empty for ever. */
export type Step = { minutes: number; days: string };

/** What a step can keep one entry for, in minutes. */
export const SPANS: readonly (readonly [minutes: number, words: string])[] = [
  [1, "one per minute"],
  [5, "one per 5 minutes"],
  [15, "one per 15 minutes"],
  [30, "one per 30 minutes"],
  [60, "one per hour"],
  [360, "one per 6 hours"],
  [720, "one per 12 hours"],
  [1_440, "one per day"],
];

/** The most steps. */
export const STEPS_MAX = 3;

/** What was typed, as the server takes it; `null` for ever. Throws what is wrong, in words. */
export function keepOf(days: string, steps: readonly Step[]): Keep {
  return {
    days: whole(days, "The number of days for which every entry is kept"),
    tiers: steps.map((step, at) => ({
      minutes: step.minutes,
      days: step.days.trim() === "" ? null : whole(step.days, `The number of days of step ${at + 1}`),
    })),
  };
}

/** Spells it as addresses and commands have it: `90d, 60min 730d, 1440min`. */
export function spelled(keep: Keep | null): string {
  if (keep === null) return "all";
  const tiers = (keep.tiers ?? []).map(({ minutes, days }) => `${minutes}min${days === null ? "" : ` ${days}d`}`);
  return [`${keep.days}d`, ...tiers].join(", ");
}

/** The step that comes to mind after those that are there: coarser, for ever. */
export function nextStep(steps: readonly Step[]): Step {
  const before = steps.at(-1)?.minutes ?? 0;
  const usual = [60, 1_440].find((minutes) => minutes > before);
  return { minutes: usual ?? 1_440, days: "" };
}

function whole(text: string, what: string): number {
  const number = Number(text.trim());
  if (!Number.isInteger(number) || number < 1) throw new Error(`${what} is a whole number, 1 or more.`);
  return number;
}
