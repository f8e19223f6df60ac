/**
 * A line over time. uPlot draws it; this part gives it data once per animation frame, colours from the
 * style sheet, and a cursor that keys can move as well as a pointer.
 */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Series } from "../live/series";
import { now } from "../live/clock";
import { minuteOfDay, timeOfDay } from "../ui/words";
import { type Measure, scale, spans } from "./reading";
import { GAP, type View } from "./view";

type Props = {
  series: Series;
  measure: Measure;
  view: View;
  /** A line through numbers, or a bar wherever the field is `1`. */
  kind: "line" | "bar";
  /** The name of the custom property that holds the colour. */
  colour: string;
  height: number;
  /** Shows the time below. */
  axis: boolean;
  /** Names the chart and its summary for those who do not see it. */
  label: string;
  describedBy: string;
  testId?: string;
};

/** Room for the numbers on the left, and for half a time on the right; the same in all charts. */
const LEFT = 44;
const RIGHT = 28;
export const AXIS = 30;
/** How long a moment stays pointed at after a finger has left, in milliseconds. */
const FINGER = 4_000;

export function Chart(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const { series, view } = props;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = new uPlot(options(props, element), [[], []], element);
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
      chart.batch(() => chart.setData(columns(props)));
      // Time has moved under the cursor: a pointer stays where it is, a moment goes along.
      if (hovered) view.pointed.value = chart.posToVal(chart.cursor.left ?? 0, "x");
      else point(chart, view.pointed.peek());
    };
    const drawSoon = () => {
      frame ||= requestAnimationFrame(draw);
    };
    const stop = effect(() => {
      // Whatever changes any of these changes the picture.
      void [series.version.value, view.period.value, now.value];
      drawSoon();
    });
    const follow = effect(() => point(chart, view.pointed.value));
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
      observer.disconnect();
      dark.removeEventListener("change", recolour);
      cancelAnimationFrame(frame);
      chart.destroy();
    };
  }, []);

  return (
    <div
      ref={place}
      class="chart"
      data-kind={props.kind}
      data-testid={props.testId}
      style={{ height: `${props.height}px` }}
      role="group"
      aria-roledescription="chart"
      aria-label={`${props.label}. Arrow keys move along the entries.`}
      aria-describedby={props.describedBy}
      tabIndex={0}
      onKeyDown={(event) => {
        const index = step(event.key, series, view);
        if (index === undefined) return;
        event.preventDefault();
        view.pointed.value = index === null ? null : series.time(index);
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
function step(key: string, series: Series, view: View): number | null | undefined {
  const last = series.length - 1;
  if (last < 0) return undefined;
  const first = Math.max(0, series.indexAt(windowOf(view)[0]) + 1);
  const at = view.pointed.value === null ? null : series.indexAt(view.pointed.value);
  const near = (index: number) => Math.min(last, Math.max(first, index));
  switch (key) {
    case "ArrowLeft":
      return near((at ?? last + 1) - 1);
    case "ArrowRight":
      return near((at ?? last) + 1);
    case "Home":
      return near(first);
    case "End":
      return last;
    case "Escape":
      return null;
    default:
      return undefined;
  }
}

function windowOf(view: View): [number, number] {
  const end = now.value / 1000;
  return [end - view.period.value.seconds, end];
}

function columns({ series, measure, kind }: Props): uPlot.AlignedData {
  const [times, values] = series.column(measure.field, kind === "line" ? GAP : Number.POSITIVE_INFINITY);
  // The cursor and the line know entries only; the last one before the window leads into it.
  return [times, values];
}

/** Shows a moment in a chart without telling the others: they are told by the view. */
function point(chart: uPlot, time: number | null): void {
  const left = time === null ? -10 : chart.valToPos(time, "x");
  if (Math.round(chart.cursor.left ?? -10) === Math.round(left)) return;
  chart.setCursor({ left, top: time === null ? -10 : 1 }, false);
}

function options(props: Props, element: HTMLElement): uPlot.Options {
  const { measure, view, kind, colour, axis, height } = props;
  const style = getComputedStyle(element);
  const paint = (name: string) => style.getPropertyValue(name).trim();
  const font = () => `500 11px ${paint("--sans")}`;
  const line: uPlot.Series = {
    stroke: () => paint(colour),
    width: 2,
    fill: (chart) => fade(chart, paint(colour)),
    points: { show: false },
    spanGaps: false,
  };
  return {
    width: Math.max(1, element.clientWidth),
    height,
    padding: [8, RIGHT, axis ? 0 : 4, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: {
        ...(kind === "bar" && { show: false }),
        size: 9,
        width: 2,
        stroke: () => paint("--card"),
        fill: () => paint(colour),
      },
    },
    scales: {
      x: { time: true, range: () => windowOf(view) },
      y:
        kind === "bar"
          ? { range: () => [0, 1] }
          : { range: (_chart, low, high) => scale(low, high, measure.span) },
    },
    axes: [
      {
        show: true,
        size: axis ? AXIS : 0,
        font: font(),
        stroke: () => paint("--ink-quiet"),
        grid: { stroke: () => paint("--grid"), width: 1 },
        ticks: { show: false },
        gap: 8,
        space: 84,
        incrs: [10, 15, 30, 60, 120, 300, 600],
        values: (_chart, times) =>
          axis ? times.map((time) => (time % 60 === 0 ? minuteOfDay(time) : timeOfDay(time))) : times.map(() => ""),
      },
      {
        show: true,
        size: LEFT,
        font: font(),
        stroke: () => paint("--ink-quiet"),
        grid: { show: kind === "line", stroke: () => paint("--grid"), width: 1 },
        ticks: { show: false },
        gap: 10,
        space: 34,
        values: (_chart, values) =>
          values.map((value) => (kind === "bar" ? "" : value.toFixed(values.every(Number.isInteger) ? 0 : measure.digits))),
      },
    ],
    series: [{}, kind === "line" ? line : { ...line, paths: () => null }],
    hooks: {
      draw: [(chart) => (kind === "line" ? drawNewest(chart, paint(colour)) : drawBars(chart, props, paint))],
      setCursor: [
        (chart) => {
          const { left, event } = chart.cursor;
          // Only a pointer moves the common moment; what keys and time do is known already.
          if (!event) return;
          view.pointed.value = left === undefined || left < 0 ? null : chart.posToVal(left, "x");
        },
      ],
    },
  };
}

/** A fill that fades towards the bottom. */
function fade(chart: uPlot, colour: string): CanvasGradient | string {
  const { top, height } = chart.bbox;
  if (!Number.isFinite(height) || height <= 0) return "transparent";
  const gradient = chart.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, translucent(colour, 0.22));
  gradient.addColorStop(1, translucent(colour, 0));
  return gradient;
}

/** A #rgb or #rrggbb colour with an alpha. */
function translucent(colour: string, alpha: number): string {
  const full = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
  return `${full}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}

/** Marks the newest entry. */
function drawNewest(chart: uPlot, colour: string): void {
  const [times, values] = chart.data;
  const last = times.length - 1;
  const value = values?.[last];
  if (value === null || value === undefined) return;
  const { ctx } = chart;
  const x = chart.valToPos(times[last]!, "x", true);
  const y = chart.valToPos(value, "y", true);
  if (x < chart.bbox.left) return;
  ctx.save();
  for (const [radius, alpha] of [
    [7.5, 0.22],
    [3.6, 1],
  ] as const) {
    ctx.beginPath();
    ctx.arc(x, y, radius * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fillStyle = translucent(colour, alpha);
    ctx.fill();
  }
  ctx.restore();
}

/** A bar wherever the field was `1`, on a faint track. */
function drawBars(chart: uPlot, { series, measure, view, colour }: Props, paint: (name: string) => string): void {
  const { ctx, bbox } = chart;
  const [from, until] = windowOf(view);
  const thick = 14 * devicePixelRatio;
  const top = bbox.top + (bbox.height - thick) / 2;
  const bar = (left: number, right: number, fill: string) => {
    ctx.beginPath();
    ctx.roundRect(left, top, Math.max(2, right - left), thick, thick / 2);
    ctx.fillStyle = fill;
    ctx.fill();
  };
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(bbox.left, top, bbox.width, thick, thick / 2);
  ctx.clip();
  bar(bbox.left, bbox.left + bbox.width, paint("--track"));
  for (const [on, off] of spans(series, measure.field, until)) {
    if (off <= from) continue;
    bar(chart.valToPos(Math.max(on, from), "x", true), chart.valToPos(off, "x", true), paint(colour));
  }
  ctx.restore();
}
