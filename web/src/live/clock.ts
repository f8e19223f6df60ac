/**
 * The server's time, as well as it is known here. A page on a tablet whose clock is wrong must still
 * draw the newest entry at the right edge and call it two seconds old.
 */

import { signal } from "@preact/signals";

/** A difference below this may as well be the way of the answer, or the missing milliseconds of a Date header. */
const TOLERANCE = 2_500;

let ahead = 0;

/** Milliseconds since 1970 by the server's clock; moves once a second. */
export const now = signal(Date.now());

/** Learns from an answer's Date header how far the clocks are apart. */
export function heardAt(date: string | null, here: number): void {
  const there = Date.parse(date ?? "");
  if (Number.isNaN(there)) return;
  ahead = Math.abs(there - here) > TOLERANCE ? there - here : 0;
  tick(here);
}

/** Moves the clock to what it is here, corrected. */
export function tick(here: number): void {
  now.value = here + ahead;
}

export function startClock(): void {
  tick(Date.now());
  setInterval(() => tick(Date.now()), 1_000);
}
