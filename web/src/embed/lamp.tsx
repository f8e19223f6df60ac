/** A lamp that burns while a condition holds. */

import { numberOf } from "./points";

export const CONDITIONS = ["above", "below", "at_least", "at_most", "is", "is_not"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** True if a value meets a condition. Texts can only be equal or not. */
export function holds(text: string, condition: Condition, than: string): boolean {
  const [one, other] = [numberOf(text), numberOf(than)];
  if (one === null || other === null) {
    const same = text.trim().toLowerCase() === than.trim().toLowerCase();
    return condition === "is" ? same : condition === "is_not" ? !same : false;
  }
  switch (condition) {
    case "above":
      return one > other;
    case "below":
      return one < other;
    case "at_least":
      return one >= other;
    case "at_most":
      return one <= other;
    case "is":
      return one === other;
    case "is_not":
      return one !== other;
  }
}

export function Lamp({ on, color }: { on: boolean; color: string }) {
  return (
    <svg class="lamp" viewBox="-60 -60 120 120" data-on={on} aria-hidden="true">
      <defs>
        <radialGradient id="glow">
          <stop offset="0.45" stop-color={color} stop-opacity="0.55" />
          <stop offset="1" stop-color={color} stop-opacity="0" />
        </radialGradient>
        <radialGradient id="shine" cx="0.36" cy="0.3" r="0.5">
          <stop offset="0" stop-color="#fff" stop-opacity="0.85" />
          <stop offset="1" stop-color="#fff" stop-opacity="0" />
        </radialGradient>
      </defs>
      {on && <circle r="58" fill="url(#glow)" />}
      <circle class="glass" r="33" {...(on && { style: { fill: color } })} />
      <circle r="33" fill="url(#shine)" opacity={on ? 1 : 0.5} />
    </svg>
  );
}
