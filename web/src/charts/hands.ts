/**
 * Hands on a chart. A wheel turned with Ctrl (or fingers that part on a touchpad, which is the same to a page) zooms, one turned
 * sideways or with Shift moves along; so does a pull with Shift. A wheel alone scrolls the page, as anywhere. One finger points at a moment
 * as it moves along, and scrolls the page up and down; two fingers zoom and move. A press that stays where it was picks a point.
 */

import type uPlot from "uplot";
import type { Zoom } from "./chart";
import type { Stretch } from "./view";

/** Fingers nearer to each other than this, in pixels, tell no stretch. */
const NEAR = 24;
/** A press that moves further than this, in pixels, or stays longer, in milliseconds, picks nothing. */
const SHAKE = 6;
const LONG = 600;
/** How much closer a turn of a wheel leads, for each pixel that it would have scrolled. */
const TURN = 0.0022;

export type Hands = {
  view: Stretch;
  zoom: Zoom | undefined;
  /** A place on the chart was pressed, so many pixels from its left and top. */
  pick: ((left: number, top: number) => void) | undefined;
};

/** Begins to listen; what it returns ends it. */
export function listen(chart: uPlot, { view, zoom, pick }: Hands): () => void {
  const leaving = new AbortController();
  const { signal } = leaving;
  const down = new Map<number, number>();
  let held: [number, number] | null = null;
  let pressed: { x: number; y: number; at: number } | null = null;
  const on = (type: string, listener: (event: PointerEvent) => void) =>
    chart.over.addEventListener(type, (event) => listener(event as PointerEvent), { signal });
  const place = (event: MouseEvent) => event.clientX - chart.over.getBoundingClientRect().left;
  const pair = () => [...down.values()].sort((one, other) => one - other) as [number, number];
  const isTouch = (event: PointerEvent) => event.pointerType === "touch";

  on("pointerdown", (event) => {
    pressed = event.button === 0 && down.size === 0 && !event.shiftKey ? { x: event.clientX, y: event.clientY, at: event.timeStamp } : null;
    if (!isTouch(event)) return;
    down.set(event.pointerId, place(event));
    const [left, right] = pair();
    held = down.size === 2 ? [chart.posToVal(left, "x"), chart.posToVal(right, "x")] : null;
  });
  on("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, place(event));
    if (down.size === 1) view.pointed.value = chart.posToVal(place(event), "x");
    const stretch = between();
    if (stretch) zoom?.move(...stretch);
  });
  on("pointerup", (event) => {
    const stretch = between();
    if (stretch) zoom?.to(...stretch);
    held = null;
    down.delete(event.pointerId);
  });
  // Only then is the press over for the chart as well.
  on("click", (event) => {
    const stayed = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < SHAKE && event.timeStamp - pressed.at < LONG;
    if (stayed) pick?.(place(event), event.clientY - chart.over.getBoundingClientRect().top);
    pressed = null;
  });
  on("pointercancel", (event) => {
    held = pressed = null;
    down.delete(event.pointerId);
  });
  /** The stretch that two fingers hold now. */
  const between = (): [number, number] | null => {
    if (held === null || down.size !== 2) return null;
    const fingers = pair();
    return fingers[1] - fingers[0] < NEAR ? null : stretched(held, fingers, chart.over.clientWidth);
  };

  const wheel = (event: WheelEvent) => {
    if (!zoom) return;
    const pixels = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const [from, until] = view.window();
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      const factor = Math.exp(Math.max(-240, Math.min(240, event.deltaY * pixels)) * (event.deltaY % 1 === 0 ? TURN : TURN * 4));
      zoom.move(...closer([from, until], chart.posToVal(place(event), "x"), factor));
    } else if (sideways !== 0 && Math.abs(sideways) >= Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      const by = ((sideways * pixels) / chart.over.clientWidth) * (until - from);
      zoom.move(from + by, until + by);
    } else return;
    event.preventDefault();
  };
  chart.over.addEventListener("wheel", wheel, { signal, passive: false });
  return () => leaving.abort();
}

/** Follows a mouse that was pressed with Shift: the stretch goes along with it. */
export function pull(chart: uPlot, event: MouseEvent, view: Stretch, zoom: Zoom): void {
  const [from, until] = view.window();
  const each = (until - from) / chart.over.clientWidth;
  const leaving = new AbortController();
  const { signal } = leaving;
  const move = (moved: MouseEvent) => {
    const by = (event.clientX - moved.clientX) * each;
    zoom.move(from + by, until + by);
  };
  addEventListener("mousemove", move, { signal });
  addEventListener("mouseup", () => leaving.abort(), { signal });
}

/** The stretch that a chart `wide` pixels wide shows once two moments are under two fingers. */
export function stretched(moments: [number, number], fingers: [number, number], wide: number): [number, number] {
  const perPixel = (moments[1] - moments[0]) / (fingers[1] - fingers[0]);
  const from = moments[0] - fingers[0] * perPixel;
  return [from, from + wide * perPixel];
}

/** A stretch so many times as long, in which a moment stays where it is. */
export function closer([from, until]: [number, number], moment: number, factor: number): [number, number] {
  return [moment - (moment - from) * factor, moment + (until - moment) * factor];
}
