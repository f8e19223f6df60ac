/** How an import stands, in words. */

import type { Import } from "../api/contract";
import { duration } from "../ui/words";

const count = (number: number) => number.toLocaleString("en-GB");

/** How many entries are here. */
export const brought = ({ stored, same }: Import) => stored + same;

/** Which part of all is here, from 0 to 1; all of it only when it is done, since what there is to bring is known about. */
export function share(one: Import): number {
  if (one.state === "done") return 1;
  return one.total > 0 ? Math.min(brought(one) / one.total, 0.99) : 0;
}

/** How far it is, how fast, and how long it may still take. */
export function howFar(one: Import): string {
  const here = brought(one);
  if (one.state === "done") return `All ${count(here)} entries are here.`;
  const words = [`${count(here)} of about ${count(Math.max(one.total, here))} entries`];
  if (one.rate !== null) words.push(`${count(Math.round(one.rate))} a second`);
  if (one.left_ms !== null) words.push(one.left_ms < 1_000 ? "nearly done" : `about ${duration(Math.ceil(one.left_ms / 1_000))} left`);
  return words.join(", ");
}

/** What somebody should know who believes that all is here. */
export function remarks(one: Import): string[] {
  return [
    ...(one.keeps_ids ? [] : ["The channel was not empty, so the entries were numbered anew."]),
    ...(one.differs > 0 ? [`${count(one.differs)} were left out: other entries have their numbers.`] : []),
    ...(one.crowded > 0 ? [`Some are missing: ${count(one.crowded)} seconds hold more entries than the server there shows.`] : []),
  ];
}
