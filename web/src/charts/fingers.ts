/**
 * Fingers on a chart. One finger points at a moment as it moves along, and scrolls the page up and down as
 * anywhere; two fingers zoom. The chart's `touch-action` leaves scrolling to the browser.
 */

import type uPlot from "uplot";
import type { Zoom } from "./chart";
import type { Stretch } from "./view";

/** Fingers nearer to each other than this, in pixels, tell no stretch. */
const NEAR = 24;

/** Begins to listen; what it returns ends it. */
export function pinch(chart: uPlot, view: Stretch, zoom: Zoom | undefined): () => void {
  const down = new Map<number, number>();
  let held: [number, number] | null = null;
  const leaving = new AbortController();
  const on = (type: string, listener: (event: PointerEvent) => void) => {
    chart.over.addEventListener(type, (event) => {
      const finger = event as PointerEvent;
      if (finger.pointerType === "touch") listener(finger);
    }, { signal: leaving.signal });
  };
  const place = (event: PointerEvent) => event.clientX - chart.over.getBoundingClientRect().left;
  const pair = () => [...down.values()].sort((one, other) => one - other);
  on("pointerdown", (event) => {
    down.set(event.pointerId, place(event));
    const [left, right] = pair();
    held = down.size === 2 ? [chart.posToVal(left!, "x"), chart.posToVal(right!, "x")] : null;
  });
  on("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, place(event));
    if (down.size === 1) view.pointed.value = chart.posToVal(place(event), "x");
  });
  const up = (event: PointerEvent) => {
    const [left, right] = pair();
    const wide = chart.over.clientWidth;
    if (held !== null && down.size === 2 && right! - left! >= NEAR) zoom?.to(...stretched(held, [left!, right!], wide));
    held = null;
    down.delete(event.pointerId);
  };
  on("pointerup", up);
  on("pointercancel", (event) => {
    held = null;
    down.delete(event.pointerId);
  });
  return () => leaving.abort();
}

/** The stretch that a chart `wide` pixels wide shows once two moments are under two fingers. */
export function stretched(moments: [number, number], fingers: [number, number], wide: number): [number, number] {
  const perPixel = (moments[1] - moments[0]) / (fingers[1] - fingers[0]);
  const from = moments[0] - fingers[0] * perPixel;
  return [from, from + wide * perPixel];
}
