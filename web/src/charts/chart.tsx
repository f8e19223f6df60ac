/**
 * Lines over time. uPlot draws them; this part gives it data once per animation frame, a cursor that keys can
 * move as well as a pointer, and tells which stretch a hand has marked. How it looks is told by `options.ts`.
 */

import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Columns } from "../live/series";
import { pinch } from "./fingers";
import { options } from "./options";
import type { Mark } from "./paint";
import type { Measure, Readings } from "./reading";
import type { Stretch } from "./view";

export { AXIS } from "./options";

/** What a chart draws from. */
export interface Plotted extends Readings {
  /** Changes with every change of what is in here. */
  readonly version: ReadonlySignal<number>;
  columns(fields: readonly number[], gap?: number): Columns;
}

export type Line = {
  measure: Measure;
  /** The name of the custom property that holds the colour. */
  colour: string;
  /** Leaves out how far up and down it went, where there would be too much to see. */
  bare?: boolean;
  /** Each value holds until the next one, as of a light. */
  steps?: boolean;
  /** What tells lines on one chart apart without their colours. */
  dash?: readonly number[];
  mark?: Mark;
};

/** What a hand may do with the stretch that is shown. */
export type Zoom = {
  to(from: number, until: number): void;
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
  /** The time zone of the axis; the reader's if left out. */
  zone?: string | undefined;
};

/** How long a moment stays pointed at after a finger has left, in milliseconds. */
const FINGER = 4_000;

/** Draws; what is given at first holds for good, but for what `data`, `view` and the measures of the lines say. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
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
    const draw = () => {
      frame = 0;
      // In a batch the scales follow at once, not only after this task.
      chart.batch(() => chart.setData(aligned(props)));
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
    const unpinch = pinch(chart, view, zoom);
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: props.height });
    });
    observer.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => chart.redraw(false);
    dark.addEventListener("change", recolour);
    void document.fonts?.ready.then(recolour);
    return () => {
      stop();
      follow();
      unpinch();
      observer.disconnect();
      dark.removeEventListener("change", recolour);
      cancelAnimationFrame(frame);
      chart.destroy();
    };
  }, []);

  const keys = zoom ? "Arrow keys move along the entries, plus and minus zoom." : "Arrow keys move along the entries.";
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
        if (zoom && zoomed(event.key, view, zoom)) return event.preventDefault();
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

/** Zooms by half or double around the moment that is pointed at; true if the key was one for that. */
function zoomed(key: string, view: Stretch, zoom: Zoom): boolean {
  const [from, until] = view.window();
  const middle = view.pointed.value ?? (from + until) / 2;
  const by = (factor: number) => zoom.to(middle - (middle - from) * factor, middle + (until - middle) * factor);
  switch (key) {
    case "+":
    case "=":
      by(0.5);
      return true;
    case "-":
      by(2);
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

/** Each line is three rows: what it is, and the highest and lowest around it. */
function aligned({ data, lines, view, kind }: ChartProps): uPlot.AlignedData {
  const fields = lines.map(({ measure }) => measure.field);
  const drawn = data.columns(fields, kind === "line" ? view.gap : Number.POSITIVE_INFINITY);
  const rows = drawn.lines.flatMap(({ values, high, low }, index) => (lines[index]!.bare ? [values, [], []] : [values, high ?? [], low ?? []]));
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
