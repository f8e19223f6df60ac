/** How a chart looks and what a mouse does on it, in uPlot's words. */

import uPlot from "uplot";
import type { ChartProps, Line } from "./chart";
import { drawBand, drawNeedles, isDense } from "./band";
import { pull } from "./hands";
import { drawBars, drawLone, drawMarks, drawNewest, fade, type Paint } from "./paint";
import { scale } from "./reading";
import { clock } from "../ui/words";

/** Room for the numbers on the left, and for half a time on the right; the same in all charts. */
const LEFT = 44;
const RIGHT = 28;
export const AXIS = 30;
/** A stretch marked with less than this many pixels is a click that shook. */
const SHAKE = 8;

export function options(props: ChartProps, element: HTMLElement): uPlot.Options {
  const { lines, view, kind, height, zoom, zone } = props;
  const style = getComputedStyle(element);
  const paint: Paint = (name) => style.getPropertyValue(name).trim();
  const scales = scalesOf(lines);
  const two = kind === "line" && scales.names.length > 1;
  return {
    width: Math.max(1, element.clientWidth),
    height,
    padding: [8, two ? 0 : RIGHT, props.axis ? 0 : 4, 0],
    legend: { show: false },
    ...(zone !== undefined && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), zone) }),
    cursor: {
      y: false,
      drag: { x: zoom !== undefined, y: false, setScale: false, dist: SHAKE },
      bind: {
        dblclick: () => (zoom ? () => (zoom.back(), null) : null),
        mousedown: (chart, _target, mark) => (event) => {
          if (event.button !== 0) return null;
          if (!event.shiftKey || !zoom) return mark(event);
          pull(chart, event, view, zoom);
          return null;
        },
      },
      points: {
        ...(kind === "bar" && { show: false }),
        // Highest and lowest have no dot of their own.
        size: (_chart, row) => (row % 3 === 1 ? 9 : 0),
        width: (_chart, row) => (row % 3 === 1 ? 2 : 0),
        stroke: () => paint("--card"),
        fill: (_chart, row) => paint(lines[Math.floor((row - 1) / 3)]!.colour),
      },
    },
    scales: {
      x: { time: true, range: () => view.window() },
      ...Object.fromEntries(
        scales.names.map((name, index) => [
          name,
          kind === "bar"
            ? { range: (): uPlot.Range.MinMax => [0, 1] }
            : { range: (_chart: uPlot, low: number | null, high: number | null) => scale(low, high, scalesOf(lines).spans[index]!) },
        ]),
      ),
    },
    axes: [timeAxis(props, paint), ...scales.names.slice(0, 2).map((name, index) => valueAxis(props, scales, name, index, paint))],
    series: [{}, ...lines.flatMap((line, index) => rowsOf(props, line, scales.of[index]!, paint))],
    hooks: {
      drawAxes: [
        (chart) => {
          if (kind === "bar") return;
          lines.forEach((line, index) => {
            // Many points near to each other make a line that is thick enough, and leave no room for dashes.
            const dense = isDense(chart, props.data);
            Object.assign(chart.series[1 + index * 3]!, { width: dense ? 1.25 : 2, dash: dense ? [] : [...(line.dash ?? [])] });
            drawBand(chart, props.data, line, scales.of[index]!, paint);
          });
        },
      ],
      draw: [
        (chart) => {
          lines.forEach((line, index) => {
            if (kind === "bar") return drawBars(chart, props.data, line, view.window(), paint);
            const row = 1 + index * 3;
            const colour = paint(line.colour);
            drawNeedles(chart, props.data, line, scales.of[index]!, paint);
            if (line.mark) drawMarks(chart, row, scales.of[index]!, line.mark, { line: colour, card: paint("--card") });
            drawLone(chart, row, scales.of[index]!, colour);
            drawNewest(chart, row, scales.of[index]!, colour);
          });
        },
      ],
      setCursor: [
        (chart) => {
          const { left, event } = chart.cursor;
          // Only a pointer moves the common moment; what keys and time do is known already.
          if (!event) return;
          view.pointed.value = left === undefined || left < 0 ? null : chart.posToVal(left, "x");
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < SHAKE) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          zoom?.to(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
        },
      ],
    },
  };
}

type Scales = { names: string[]; spans: number[]; digits: number[]; of: string[] };

/** Lines of one unit share a scale: the first on the left, the second on the right, others without numbers. */
export function scalesOf(lines: readonly Line[]): Scales {
  const units = [...new Set(lines.map(({ measure }) => measure.unit))];
  const name = (unit: string) => `y${units.indexOf(unit) || ""}`;
  const most = (unit: string, of: (line: Line) => number) =>
    Math.max(...lines.filter(({ measure }) => measure.unit === unit).map(of));
  return {
    names: units.map(name),
    spans: units.map((unit) => most(unit, ({ measure }) => measure.span)),
    digits: units.map((unit) => most(unit, ({ measure }) => measure.digits)),
    of: lines.map(({ measure }) => name(measure.unit)),
  };
}

function timeAxis({ axis, zone, view }: ChartProps, paint: Paint): uPlot.Axis {
  return {
    show: true,
    size: axis ? AXIS : 0,
    font: font(paint),
    stroke: () => paint("--ink-quiet"),
    grid: { stroke: () => paint("--grid"), width: 1 },
    ticks: { show: false },
    gap: 8,
    space: 84,
    ...(view.gap !== undefined && { incrs: [10, 15, 30, 60, 120, 300, 600] }),
    values: (_chart, times) => (axis ? clock(zone).along(times) : times.map(() => "")),
  };
}

function valueAxis({ kind, lines }: ChartProps, scales: Scales, name: string, index: number, paint: Paint): uPlot.Axis {
  const bare = kind === "bar";
  const unit = lines.find((_, line) => scales.of[line] === name)?.measure.unit ?? "";
  return {
    show: true,
    scale: name,
    side: index === 0 ? 3 : 1,
    size: LEFT,
    font: font(paint),
    stroke: () => paint("--ink-quiet"),
    grid: { show: !bare && index === 0, stroke: () => paint("--grid"), width: 1 },
    ticks: { show: false },
    gap: 10,
    space: 34,
    values: (_chart, values) => {
      const digits = decimals(values, scalesOf(lines).digits[index]!);
      return values.map((value, at) => {
        if (bare) return "";
        // Where there are two scales the topmost number says which one this is.
        const said = value.toFixed(digits);
        return scales.names.length > 1 && at === values.length - 1 && unit !== "" ? unit : said;
      });
    },
  };
}

/** As many decimals as the numbers on a scale need to differ, and no more than there are. */
function decimals(values: readonly number[], most: number): number {
  if (values.every(Number.isInteger)) return 0;
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0));
  return Math.max(most, step > 0 && step < 1 ? Math.min(6, Math.ceil(-Math.log10(step))) : 0);
}

function rowsOf({ kind, lines }: ChartProps, line: Line, scale: string, paint: Paint): uPlot.Series[] {
  const edge = (): uPlot.Series => ({ scale, width: 0, points: { show: false }, ...(kind === "bar" && { paths: () => null }) });
  const row: uPlot.Series = {
    scale,
    stroke: () => paint(line.colour),
    width: 2,
    ...(line.dash && { dash: [...line.dash] }),
    ...(lines.length === 1 && { fill: (chart: uPlot) => fade(chart, paint(line.colour)) }),
    points: { show: false },
    spanGaps: false,
    ...(line.steps && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    ...(kind === "bar" && { paths: () => null }),
  };
  return [row, edge(), edge()];
}

function font(paint: Paint): string {
  return `500 11px ${paint("--sans")}`;
}
