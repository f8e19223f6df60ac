/** What a hand has grasped of the window on a strip, and what becomes of the window when the hand moves. */

export type Grasp = "window" | "from" | "until";

/** What is meant by a moment: an end that is near, the nearer one first, else the window if it lies in there; `null` if it lies beside. */
export function grasp(at: number, [from, until]: [number, number], near: number): Grasp | null {
  const [begin, end] = [Math.abs(at - from), Math.abs(at - until)];
  // In a window that is small on the strip a hand means the whole, unless it is on its outer side.
  const small = until - from < 2 * near;
  if (Math.min(begin, end) <= near && !(small && at > from && at < until)) return begin <= end && at <= (from + until) / 2 ? "from" : "until";
  return at > from && at < until ? "window" : null;
}

/** The window after its grasped part has moved by so much; an end does not come nearer to the other one than `least`. */
export function moved(part: Grasp, [from, until]: [number, number], by: number, least: number): [number, number] {
  switch (part) {
    case "window":
      return [from + by, until + by];
    case "from":
      return [Math.min(from + by, until - least), until];
    case "until":
      return [from, Math.max(until + by, from + least)];
  }
}
