/** What is drawn on a chart beside uPlot's own lines: fills that fade, the newest value, bars, marks. */

import type uPlot from "uplot";
import type { Line } from "./chart";
import { ends, type Readings, spans } from "./reading";

/** Finds the value of a custom property. */
export type Paint = (name: string) => string;

/** A fill that fades towards the bottom. */
export function fade(chart: uPlot, colour: string): CanvasGradient | string {
  const { top, height } = chart.bbox;
  if (!Number.isFinite(height) || height <= 0) return "transparent";
  const gradient = chart.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, translucent(colour, 0.22));
  gradient.addColorStop(1, translucent(colour, 0));
  return gradient;
}

/** A #rgb or #rrggbb colour with an alpha. A chart that has just left the page has no colours any more. */
export function translucent(colour: string, alpha: number): string {
  if (colour === "") return "transparent";
  const full = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
  return `${full}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}

/** Marks the newest value of a line, if it is in sight. */
export function drawNewest(chart: uPlot, row: number, scale: string, colour: string): void {
  const times = chart.data[0];
  const values = chart.data[row];
  let last = times.length - 1;
  while (last > 0 && values?.[last] === undefined) last -= 1;
  const value = values?.[last];
  if (value === null || value === undefined) return;
  const { ctx, bbox } = chart;
  const x = chart.valToPos(times[last]!, "x", true);
  const y = chart.valToPos(value, scale, true);
  if (x < bbox.left || x > bbox.left + bbox.width + 1) return;
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

/** Dots for values with a hole on either side: they are on no line. */
export function drawLone(chart: uPlot, row: number, scale: string, colour: string): void {
  const times = chart.data[0];
  const values = chart.data[row];
  if (!values) return;
  const { ctx, bbox } = chart;
  const near = (index: number, step: number) => {
    let at = index + step;
    while (at >= 0 && at < times.length && values[at] === undefined) at += step;
    return values[at] ?? null;
  };
  ctx.save();
  ctx.fillStyle = colour;
  for (const [index, time] of times.entries()) {
    const value = values[index];
    if (value === null || value === undefined || near(index, -1) !== null || near(index, 1) !== null) continue;
    const x = chart.valToPos(time, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.arc(x, chart.valToPos(value, scale, true), 2 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}

/** A bar wherever the field was `1`, on a faint track. Where a point stands for on and off alike the bar is faint. */
export function drawBars(chart: uPlot, data: Readings, line: Line, window: [number, number], paint: Paint): void {
  const { ctx, bbox } = chart;
  const [from, until] = window;
  const { field } = line.measure;
  const thick = 14 * devicePixelRatio;
  const top = bbox.top + (bbox.height - thick) / 2;
  const bar = (left: number, right: number, fill: string) => {
    ctx.beginPath();
    ctx.roundRect(left, top, Math.max(2, right - left), thick, thick / 2);
    ctx.fillStyle = fill;
    ctx.fill();
  };
  const place = (time: number) => chart.valToPos(Math.min(until, Math.max(from, time)), "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(bbox.left, top, bbox.width, thick, thick / 2);
  ctx.clip();
  bar(bbox.left, bbox.left + bbox.width, paint("--track"));
  for (let index = Math.max(0, data.indexAt(from)); index < data.length && data.time(index) < until; index += 1) {
    const [low, high] = ends(data, field, index);
    if (!(low < high)) continue;
    const next = index + 1 < data.length ? data.time(index + 1) : until;
    ctx.fillStyle = translucent(paint(line.colour), 0.45);
    ctx.fillRect(place(data.time(index)), top, Math.max(2, place(next) - place(data.time(index))), thick);
  }
  for (const [on, off] of spans(data, field, until)) {
    if (off > from && on < until) bar(place(on), place(off), paint(line.colour));
  }
  ctx.restore();
}

export const MARKS = ["circle", "square", "triangle", "diamond", "cross", "ring", "down", "star"] as const;
export type Mark = (typeof MARKS)[number];

/** The outline of a mark around a middle; `M`, `L` and `Z` only, so that style sheet and canvas can both draw it. */
export function outline(mark: Mark, x: number, y: number, r: number): string {
  const at = (...points: [number, number][]) => `M${points.map(([dx, dy]) => `${x + dx * r} ${y + dy * r}`).join("L")}Z`;
  switch (mark) {
    case "circle":
    case "ring":
      return at(...Array.from({ length: 16 }, (_, i): [number, number] => [Math.cos((i * Math.PI) / 8), Math.sin((i * Math.PI) / 8)]));
    case "square":
      return at([-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]);
    case "triangle":
      return at([0, -1.1], [1.05, 0.85], [-1.05, 0.85]);
    case "down":
      return at([0, 1.1], [1.05, -0.85], [-1.05, -0.85]);
    case "diamond":
      return at([0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]);
    case "cross": {
      const [a, b] = [0.36, 1.1];
      return at([-a, -b], [a, -b], [a, -a], [b, -a], [b, a], [a, a], [a, b], [-a, b], [-a, a], [-b, a], [-b, -a], [-a, -a]);
    }
    case "star":
      return at(
        ...Array.from({ length: 10 }, (_, i): [number, number] => {
          const [angle, far] = [(i * Math.PI) / 5 - Math.PI / 2, i % 2 === 0 ? 1.3 : 0.55];
          return [Math.cos(angle) * far, Math.sin(angle) * far];
        }),
      );
  }
}

/** How far apart marks are along a line, in pixels. */
const EVERY = 90;

/** Marks along a line, so that it is told from others without its colour. Lines begin at different places. */
export function drawMarks(chart: uPlot, row: number, scale: string, mark: Mark, paint: { line: string; card: string }): void {
  const times = chart.data[0];
  const values = chart.data[row];
  if (!values) return;
  const { ctx, bbox } = chart;
  const every = EVERY * devicePixelRatio;
  let next = bbox.left + (every * ((row * 5) % 8)) / 8 + 8 * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const [index, time] of times.entries()) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    const x = chart.valToPos(time, "x", true);
    if (x < next) continue;
    if (x > bbox.left + bbox.width) break;
    next += every * Math.max(1, Math.ceil((x - next) / every));
    const path = new Path2D(outline(mark, x, chart.valToPos(value, scale, true), 4.4 * devicePixelRatio));
    ctx.fillStyle = mark === "ring" ? paint.card : paint.line;
    ctx.strokeStyle = mark === "ring" ? paint.line : paint.card;
    ctx.stroke(path);
    ctx.fill(path);
    if (mark === "ring") ctx.stroke(path);
  }
  ctx.restore();
}
