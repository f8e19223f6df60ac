/**
 * What is drawn where a point stands for many entries: how far up and down they went, as a band of columns, and a needle to each
 * value that stands out, so that one entry among thousands is seen however small its column is.
 */

import type uPlot from "uplot";
import type { Line, Plotted } from "./chart";
import { type Paint, translucent } from "./paint";
import { AROUND, standOut } from "./reading";

/** A value stands out if it lies so many pixels beyond what is usual around it. */
const BEYOND = 7;
/** Points nearer to each other than this, in pixels, are dense. */
const NEAR = 3;

export function isDense(chart: uPlot, data: Plotted): boolean {
  const each = data.resolution ?? 0;
  const { min, max } = chart.scales["x"]!;
  return each > 0 && (each / (max! - min!)) * chart.over.clientWidth < NEAR;
}

/** A column for each point, from its lowest to its highest; never thinner or lower than a pixel. */
export function drawBand(chart: uPlot, data: Plotted, line: Line, scale: string, paint: Paint): void {
  const { ctx, bbox } = chart;
  const columns = new Path2D();
  const least = devicePixelRatio;
  for (const { left, right, low, high } of columnsOf(chart, data, line, scale)) {
    const top = Math.min(high, low - least);
    columns.rect(left, top, Math.max(least, right - left), low - top);
  }
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  // One path: where columns share a pixel it is not darker.
  ctx.fillStyle = translucent(paint(line.colour), line.faint ? 0.14 : 0.3);
  ctx.fill(columns);
  ctx.restore();
}

/** A line from what is usual to each value that stands out, with a head. */
export function drawNeedles(chart: uPlot, data: Plotted, line: Line, scale: string, paint: Paint): void {
  const columns = columnsOf(chart, data, line, scale);
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 4 * ratio, bbox.width, bbox.height + 8 * ratio);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = paint(line.colour);
  ctx.lineWidth = 1.5 * ratio;
  const needle = (index: number, end: number, from: number) => {
    const x = (columns[index]!.left + Math.max(columns[index]!.right, columns[index]!.left + ratio)) / 2;
    ctx.beginPath();
    ctx.moveTo(x, from);
    ctx.lineTo(x, end);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, end, 2 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  };
  // Up is less, in pixels.
  for (const [index, from] of standOut(columns.map(({ high }) => -high), BEYOND * ratio)) needle(index, columns[index]!.high, -from);
  for (const [index, from] of standOut(columns.map(({ low }) => low), BEYOND * ratio)) needle(index, columns[index]!.low, from);
  ctx.restore();
}

type ColumnOf = { left: number; right: number; low: number; high: number };

/** Where the points that are in sight are, and a few beside them, in pixels of the canvas; none where each is an entry. */
function columnsOf(chart: uPlot, data: Plotted, { measure: { field } }: Line, scale: string): ColumnOf[] {
  const each = data.resolution ?? 0;
  const { min, max } = chart.scales["x"]!;
  if (each === 0 || min == null || max == null) return [];
  const columns: ColumnOf[] = [];
  // Those beside the picture tell what is usual at its edges.
  const last = Math.min(data.length - 1, data.indexAt(max) + AROUND);
  for (let index = Math.max(0, data.indexAt(min) - AROUND); index <= last; index += 1) {
    const [low, high] = [data.low?.(field, index) ?? Number.NaN, data.high?.(field, index) ?? Number.NaN];
    if (Number.isNaN(low)) continue;
    const time = data.time(index);
    const until = Math.max(time, Math.min(time + each, data.latest ?? Number.POSITIVE_INFINITY));
    columns.push({
      left: Math.floor(chart.valToPos(time, "x", true)),
      right: Math.ceil(chart.valToPos(until, "x", true)),
      low: chart.valToPos(low, scale, true),
      high: chart.valToPos(high, scale, true),
    });
  }
  return columns;
}
