/** One run of an automation, in a word and in words. */

import type { Run, RunState } from "../../api/contract";
import { now } from "../../live/clock";
import { ago, clock, duration } from "../../ui/words";

export const STATES: Record<RunState, string> = { waiting: "Under way", done: "Done", failed: "Failed", skipped: "Left out" };

export function RunWord({ run }: { run: Run }) {
  return (
    <span class="run-word" data-state={run.state}>
      {run.state === "waiting" && run.tries > 0 ? "Tried" : STATES[run.state]}
    </span>
  );
}

/** How long ago, as a time that a pointer may rest on. */
export function When({ at, zone }: { at: number; zone: string | undefined }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={clock(zone).full(at / 1_000)}>
      {ago((now.value - at) / 1_000)}
    </time>
  );
}

/** How often it was tried, and when again. */
export function triesWords({ tries, next_try_at, state }: Run, at: number): string {
  const often = tries > 1 ? `tried ${tries} times` : "";
  const again = state === "waiting" && next_try_at !== null ? `again ${inTime(next_try_at, at)}` : "";
  return [often, again].filter((each) => each !== "").join(", ");
}

/** How long until a time. */
export function inTime(at: number, from: number): string {
  const seconds = Math.round((at - from) / 1_000);
  if (seconds <= 0) return "now";
  return `in ${seconds < 60 ? `${seconds} s` : duration(Math.round(seconds / 60) * 60)}`;
}

/** The server's words as a sentence begins. */
export function begun(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
