/**
 * Lines over time. uPlot draws them; this part gives it data once per animation frame, a cursor that keys can
 * move as well as a pointer, and tells which stretch a hand has marked. How it looks is told by `options.ts`.
 */

import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Columns } from "../live/series";
import { closer, listen } from "./hands";
import { options, scalesOf } from "./options";
import type { Mark } from "./paint";
import { ends, type Measure, type Readings } from "./reading";
import type { Stretch } from "./view";

export { AXIS } from "./options";

/** What a chart draws from. */
export interface Plotted extends Readings {
  /** Seconds that each point stands for; 0 or left out if each is an entry. */
  readonly resolution?: number;
  /** When the newest entry was, in seconds: the last point does not stand for more. */
  readonly latest?: number;
  /** Changes with every change of what is in here. */
  readonly version: ReadonlySignal<number>;
  columns(fields: readonly number[], gap?: number): Columns;
}

export type Line = {
  measure: Measure;
  /** The name of the custom property that holds the colour. */
  colour: string;
  /** Shows how far up and down it went but faintly, where there would be too much to see. */
  faint?: boolean;
  /** Each value holds until the next one, as of a light. */
  steps?: boolean;
  /** What tells lines on one chart apart without their colours. */
  dash?: readonly number[];
  mark?: Mark;
};

/** What a hand may do with the stretch that is shown. */
export type Zoom = {
  to(from: number, until: number): void;
  /** As `to`, but under a hand that goes on moving: nothing is settled before it rests. */
  move(from: number, until: number): void;
  back(): void;
};

export type ChartProps = {
  data: Plotted;
  lines: readonly Line[];
  view: Stretch;
  /** Lines through numbers, or a bar wherever the (one) field is `1`. */
  kind: "line" | "bar";
  height: number;
  /** Shows the time below. */
  axis: boolean;
  /** Names the chart and its summary for those who do not see it. */
  label: string;
  describedBy: string;
  testId?: string;
  zoom?: Zoom;
  /** Somebody wants to know more of a point: its index, and where it is in the window. */
  onPick?: (index: number, at: { x: number; y: number }) => void;
  /** The time zone of the axis; the reader's if left out. */
  zone?: string | undefined;
};

/** How long a moment stays pointed at after a finger has left, in milliseconds. */
const FINGER = 4_000;

/** Draws; what is given at first holds for good, but for what `data`, `view` and the measures of the lines say. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { data, view, zoom } = props;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = new uPlot(options(props, element), nothing(props), element);
    let frame = 0;
    let hovered = false;
    chart.over.addEventListener("mouseenter", () => {
      hovered = true;
    });
    chart.over.addEventListener("mouseleave", () => {
      hovered = false;
    });
    let drawn = -1;
    const draw = () => {
      frame = 0;
      const version = data.version.peek();
      // In a batch the scales follow at once, not only after this task.
      chart.batch(() => {
        if (version !== drawn) return chart.setData(aligned(props));
        const [min, max] = view.window();
        chart.setScale("x", { min, max });
      });
      drawn = version;
      // Time has moved under the cursor: a pointer stays where it is, a moment goes along.
      if (hovered && (chart.cursor.left ?? -1) >= 0) view.pointed.value = chart.posToVal(chart.cursor.left!, "x");
      else point(chart, view.pointed.peek());
    };
    const stop = effect(() => {
      // Whatever changes any of these changes the picture.
      void [data.version.value, view.window()];
      frame ||= requestAnimationFrame(draw);
    });
    const follow = effect(() => point(chart, view.pointed.value));
    const pick = props.onPick && ((left: number, top: number) => pickAt(chart, props, left, top));
    const unlisten = listen(chart, { view, zoom, pick });
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: props.height });
    });
    observer.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => chart.redraw(false);
    dark.addEventListener("change", recolour);
    void document.fonts?.ready.then(recolour);
    plot.current = chart;
    return () => {
      plot.current = null;
      stop();
      follow();
      unlisten();
      observer.disconnect();
      dark.removeEventListener("change", recolour);
      cancelAnimationFrame(frame);
      chart.destroy();
    };
  }, []);

  const keys = [
    "Arrow keys move along the entries",
    ...(zoom ? [", with Shift along the time, plus and minus zoom"] : []),
    ...(props.onPick ? [", Enter opens an entry"] : []),
    ".",
  ].join("");
  return (
    <div
      ref={place}
      class="chart"
      data-kind={props.kind}
      data-testid={props.testId}
      style={{ height: `${props.height}px` }}
      role="group"
      aria-roledescription="chart"
      aria-label={`${props.label}. ${keys}`}
      aria-describedby={props.describedBy}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (zoom && zoomed(event, view, zoom)) return event.preventDefault();
        if (event.key === "Enter" && plot.current && view.pointed.peek() !== null) {
          event.preventDefault();
          return pickAt(plot.current, props, plot.current.valToPos(view.pointed.peek()!, "x"), null);
        }
        const index = step(event.key, data, view);
        if (index === undefined) return;
        event.preventDefault();
        view.pointed.value = index === null ? null : data.time(index);
      }}
      onBlur={() => {
        view.pointed.value = null;
      }}
      onPointerUp={(event) => {
        // A finger leaves no trace when it goes; a mouse does.
        if (event.pointerType !== "mouse") setTimeout(() => void (view.pointed.value = null), FINGER);
      }}
    />
  );
}

/** Where a key moves the cursor: an entry, away, or (not a key of ours) nowhere. */
function step(key: string, data: Plotted, view: Stretch): number | null | undefined {
  const [from, until] = view.window();
  const last = Math.min(data.length - 1, data.indexAt(until));
  const first = Math.max(0, data.indexAt(from) + 1);
  if (key === "Escape") return null;
  if (last < 0) return undefined;
  const at = view.pointed.value === null ? null : data.indexAt(view.pointed.value);
  const near = (index: number) => Math.min(last, Math.max(first, index));
  switch (key) {
    case "ArrowLeft":
      return near((at ?? last + 1) - 1);
    case "ArrowRight":
      return near((at ?? last) + 1);
    case "PageUp":
      return near((at ?? last + 1) - Math.max(1, Math.round((last - first) / 10)));
    case "PageDown":
      return near((at ?? last) + Math.max(1, Math.round((last - first) / 10)));
    case "Home":
      return near(first);
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** Zooms by half or double around the moment that is pointed at, or moves along; true if the key was one for that. */
function zoomed({ key, shiftKey }: KeyboardEvent, view: Stretch, zoom: Zoom): boolean {
  const [from, until] = view.window();
  const middle = view.pointed.value ?? (from + until) / 2;
  const along = (part: number) => zoom.move(from + (until - from) * part, until + (until - from) * part);
  switch (key) {
    case "ArrowLeft":
    case "ArrowRight":
      if (shiftKey) along(key === "ArrowLeft" ? -0.2 : 0.2);
      return shiftKey;
    case "+":
    case "=":
      zoom.to(...closer([from, until], middle, 0.5));
      return true;
    case "-":
      zoom.to(...closer([from, until], middle, 2));
      return true;
    case "Escape":
      // The first Escape lets go of the moment, the next of the stretch.
      if (view.pointed.value !== null) return false;
      zoom.back();
      return true;
    default:
      return false;
  }
}

/** A point further away than this along the time, in pixels, is not meant. */
const FAR = 28;

/**
 * Tells which point is meant by a place on the chart, if there is one near; by one without a height, the next along the time. A point
 * that stands for many reaches from its lowest to its highest, so a press on a needle means what the needle is of.
 */
function pickAt(chart: uPlot, { data, lines, onPick }: ChartProps, left: number, top: number | null): void {
  const scales = scalesOf(lines).of;
  const place = (time: number) => chart.valToPos(time, "x");
  const half = (data.resolution ?? 0) / 2;
  let nearest = { index: -1, x: 0, y: 0, away: Number.POSITIVE_INFINITY };
  const end = chart.posToVal(left + FAR, "x");
  const first = data.indexAt(chart.posToVal(left - FAR, "x") - 2 * half);
  for (let index = Math.max(0, first); index < data.length && data.time(index) <= end; index += 1) {
    const x = place(data.time(index) + half);
    // Anywhere in a span is at it.
    const along = Math.max(0, Math.abs(x - left) - (place(data.time(index) + half) - place(data.time(index))));
    if (along > FAR) continue;
    lines.forEach(({ measure: { field } }, line) => {
      const [low, high] = ends(data, field, index).map((value) => chart.valToPos(value, scales[line]!));
      if (Number.isNaN(data.number(field, index))) return;
      // A switch has no scale of heights.
      const y = Number.isFinite(high) && Number.isFinite(low) ? Math.min(Math.max(top ?? high!, high!), low!) : chart.over.clientHeight / 2;
      const away = Math.hypot(along, top === null ? 0 : y - top);
      if (away < nearest.away || (away === nearest.away && Math.abs(x - left) < Math.abs(nearest.x - left))) nearest = { index, x, y, away };
    });
  }
  if (nearest.index < 0) return;
  const corner = chart.over.getBoundingClientRect();
  onPick?.(nearest.index, { x: corner.left + nearest.x, y: corner.top + nearest.y });
}

/** Each line is three rows: what it is, and the highest and lowest around it. */
function aligned({ data, lines, view, kind }: ChartProps): uPlot.AlignedData {
  const fields = lines.map(({ measure }) => measure.field);
  const drawn = data.columns(fields, kind === "line" ? view.gap : Number.POSITIVE_INFINITY);
  const rows = drawn.lines.flatMap(({ values, high, low }) => [values, high ?? [], low ?? []]);
  return [drawn.times, ...rows];
}

function nothing({ lines }: ChartProps): uPlot.AlignedData {
  return [[], ...lines.flatMap(() => [[], [], []])];
}

/** Shows a moment in a chart without telling the others: they are told by the view. */
function point(chart: uPlot, time: number | null): void {
  const left = time === null ? -10 : chart.valToPos(time, "x");
  if (Math.round(chart.cursor.left ?? -10) === Math.round(left)) return;
  chart.setCursor({ left, top: time === null ? -10 : 1 }, false);
}
