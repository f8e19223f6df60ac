/** The drawing of a chart: uPlot with the colours and limits of the frame, and a cursor for pointer and keys. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartOptions, Kind } from "./options";
import type { Ink } from "./paint";
import type { Point } from "./points";
import { said, tick, wall } from "./words";

const SANS = '"Figtree", system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const FONT = `500 11px ${SANS}`;
const LABEL_FONT = `600 12px ${SANS}`;
/** Room for the label of an axis. */
const LABEL = 20;

export class Picture {
  private readonly plot: uPlot;
  private points: readonly Point[] = [];
  private readonly tip: HTMLElement;

  constructor(
    private readonly place: HTMLElement,
    private readonly options: ChartOptions,
    ink: Ink,
    yaxis: string,
  ) {
    this.tip = place.querySelector<HTMLElement>(".tip")!;
    this.plot = new uPlot(this.settings(ink, yaxis), [[], []], place);
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(place);
    void document.fonts.ready.then(() => this.plot.redraw(false, true));
    place.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("blur", () => this.point(null));
  }

  draw(points: readonly Point[]): void {
    this.points = points;
    this.plot.setData([points.map(({ time }) => time), points.map(({ value }) => value)]);
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(1, this.place.clientWidth), height: Math.max(1, this.place.clientHeight) };
  }

  private settings(ink: Ink, yaxis: string): uPlot.Options {
    const { options } = this;
    const lying = options.kind === "bar";
    const bars = lying || options.kind === "column";
    const grid = { stroke: ink.grid, width: 1 };
    const shared = { font: FONT, stroke: ink.quiet, labelFont: LABEL_FONT, labelSize: LABEL, labelGap: 2, ticks: { show: false } };
    const time: uPlot.Axis = {
      ...shared,
      label: options.xaxis,
      side: lying ? 3 : 2,
      grid: { show: false },
      border: { show: true, stroke: ink.grid, width: 1 },
      gap: 6,
      space: lying ? 28 : 62,
      size: lying ? widest : 26,
      values: (_plot, times, _axis, _space, step) => times.map((time) => tick(wall(time, options.zone), step)),
    };
    const value: uPlot.Axis = {
      ...shared,
      label: yaxis,
      side: lying ? 2 : 3,
      grid,
      gap: 6,
      space: lying ? 56 : 30,
      size: lying ? 26 : widest,
    };
    return {
      ...this.size(),
      padding: [8, 22, 0, 2],
      legend: { show: false },
      tzDate: (seconds) => wall(seconds, options.zone),
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 9, width: 2, stroke: ink.ground, fill: options.color },
      },
      scales: {
        x: { time: true, ori: lying ? 1 : 0, dir: lying ? -1 : 1, range: () => this.stretch(bars) },
        y: { ori: lying ? 0 : 1, range: (_plot, low, high) => ends(low, high, bars, options) },
      },
      axes: [time, value],
      series: [
        {},
        {
          stroke: options.color,
          width: bars ? 0 : 2,
          ...(bars && { fill: options.color }),
          paths: paths(options.kind),
          points: { show: bars ? false : sparse, size: 6, fill: options.color, stroke: options.color },
          spanGaps: true,
        },
      ],
      hooks: { setCursor: [(plot) => this.showTip(plot)] },
    };
  }

  /** The ends of the time axis; bars need half of their room beyond the first and the last. */
  private stretch(bars: boolean): [number, number] {
    const [first, last] = [this.points[0]?.time, this.points.at(-1)?.time];
    if (first === undefined || last === undefined) {
      const now = Date.now() / 1000;
      return [now - 3_600, now];
    }
    if (first === last) return [first - 60, last + 60];
    if (!bars) return [first, last];
    let closest = last - first;
    this.points.forEach(({ time }, at) => {
      if (at > 0) closest = Math.min(closest, time - this.points[at - 1]!.time || closest);
    });
    return [first - closest * 0.6, last + closest * 0.6];
  }

  private showTip(plot: uPlot): void {
    const { idx, left = -1 } = plot.cursor;
    const point = idx === null || idx === undefined || left < 0 ? undefined : this.points[idx];
    this.tip.hidden = point === undefined;
    if (point === undefined) return;
    this.tip.textContent = "";
    const value = document.createElement("b");
    value.textContent = point.text;
    this.tip.append(value, document.createElement("br"), said(point.time, this.options.zone));
    const { over } = plot;
    const lying = this.options.kind === "bar";
    const along = plot.valToPos(point.time, "x");
    const across = plot.valToPos(point.value, "y");
    const [x, y] = lying ? [across, along] : [along, across];
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const fit = (at: number, most: number) => `${Math.max(2, Math.min(at, most - 2))}px`;
    this.tip.style.left = fit(over.offsetLeft + x - width / 2, this.place.clientWidth - width);
    const above = over.offsetTop + y - height - 12;
    this.tip.style.top = fit(above < 0 ? over.offsetTop + y + 12 : above, this.place.clientHeight - height);
  }

  private key(event: KeyboardEvent): void {
    const last = this.points.length - 1;
    if (last < 0) return;
    const shown = this.tip.hidden ? null : (this.plot.cursor.idx ?? null);
    const to: { [key: string]: number | null } = {
      ArrowLeft: Math.max(0, (shown ?? last + 1) - 1),
      ArrowRight: Math.min(last, (shown ?? last) + 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    const at = to[event.key];
    if (at === undefined) return;
    event.preventDefault();
    this.point(at);
  }

  /** Puts the cursor on a point, or away. */
  private point(at: number | null): void {
    const point = at === null ? undefined : this.points[at];
    if (point === undefined) return this.plot.setCursor({ left: -10, top: -10 });
    const [along, across] = [this.plot.valToPos(point.time, "x"), this.plot.valToPos(point.value, "y")];
    this.plot.setCursor(this.options.kind === "bar" ? { left: across, top: along } : { left: along, top: across });
  }
}

function paths(kind: Kind): uPlot.Series.PathBuilder {
  const { linear, spline, stepped, bars } = uPlot.paths;
  switch (kind) {
    case "spline":
      return spline!();
    case "step":
      return stepped!({ align: 1 });
    case "column":
    case "bar":
      return bars!({ size: [0.72, 48, 1] });
    default:
      return linear!();
  }
}

/** The ends of the value axis: those that were asked for, else a little more than the values need. */
function ends(low: number | null, high: number | null, bars: boolean, options: ChartOptions): [number, number] {
  const [least, most] = low === null || high === null ? [0, 1] : bars ? [Math.min(0, low), Math.max(0, high)] : [low, high];
  let [from, to] = least === most ? [least - 1, most + 1] : (uPlot.rangeNum(least, most, 0.1, true) as [number, number]);
  if (bars && least === 0) from = 0;
  if (bars && most === 0) to = 0;
  const [bottom, top] = [options.low ?? from, options.high ?? to];
  return bottom < top ? [bottom, top] : options.low !== null ? [bottom, bottom + 1] : [top - 1, top];
}

/** Marks points that are far enough apart to be told from each other. */
function sparse(plot: uPlot, _series: number, first: number, last: number): boolean {
  return plot.bbox.width / Math.max(1, last - first) > 6 * devicePixelRatio;
}

/** Room for the widest number of an axis. */
function widest(plot: uPlot, values: string[] | null): number {
  if (values === null || values.length === 0) return 34;
  plot.ctx.font = FONT;
  const width = Math.max(...values.flatMap((text) => String(text ?? "").split("\n")).map((line) => plot.ctx.measureText(line).width));
  return Math.ceil(Math.max(16, width)) + 14;
}
