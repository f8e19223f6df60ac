/** How a chart is to look and what it is to show, from the parameters of its address. */

import type { Params } from "./address";

export type Kind = "line" | "spline" | "step" | "column" | "bar";

export type ChartOptions = {
  /** What is not given is said by the channel. */
  title: string | null;
  xaxis: string;
  yaxis: string | null;
  color: string;
  bgcolor: string;
  kind: Kind;
  /** Pixels; nothing means all there is. */
  width: number | null;
  height: number | null;
  /** Goes on by itself. */
  dynamic: boolean;
  /** How often a chart that must ask does so, in milliseconds. */
  update: number;
  /** An old point goes when a new one comes. */
  push: boolean;
  export: boolean;
  /** The ends of the value axis. */
  low: number | null;
  high: number | null;
  /** Values outside are left out. */
  min: number | null;
  max: number | null;
  round: number | null;
  /** How many points are kept, and from how long ago, in seconds. */
  most: number;
  seconds: number | null;
  /** The server puts entries together, so a new entry is no point by itself. */
  grouped: boolean;
  /** Nothing new can come into what was asked for. */
  closed: boolean;
  zone: Zone;
};

/** Where the clock on the axis hangs: a named zone, hours from UTC, or the viewer's own wall. */
export type Zone = { name: string } | { hours: number } | null;

/** As many points as an answer can have. */
const MOST = 8_000;
/** As many entries as come when nothing says how many. */
const USUAL = 100;
const SPANS = ["10", "15", "20", "30", "60", "240", "720", "1440", "daily"] as const;

/** What the server has to know to choose entries. */
export const FEED = [
  "results",
  "days",
  "minutes",
  "start",
  "end",
  "min",
  "max",
  "round",
  "timescale",
  "sum",
  "average",
  "median",
  "timezone",
  "offset",
] as const;

export function chartOptions(params: Params): ChartOptions {
  const results = params.count("results", 1, MOST);
  const days = params.number("days");
  const minutes = params.number("minutes");
  const ranged = ["days", "minutes", "start", "end"].some((name) => params.text(name) !== null);
  const [low, high] = [params.number("yaxismin"), params.number("yaxismax")];
  const sane = low === null || high === null || low < high;
  const line = params.one("type", "line", "spline", "step", "column", "bar") ?? "line";
  return {
    title: params.text("title"),
    xaxis: params.text("xaxis") ?? "Date",
    yaxis: params.text("yaxis"),
    color: params.colour("color") ?? "#d62020",
    bgcolor: params.colour("bgcolor") ?? "#ffffff",
    kind: params.is("step") && (line === "line" || line === "spline") ? "step" : line,
    width: params.count("width", 50, 10_000),
    height: params.count("height", 50, 10_000),
    dynamic: params.is("dynamic"),
    update: (params.count("update", 1, 86_400) ?? 15) * 1_000,
    push: params.text("push")?.toLowerCase() !== "false",
    export: params.is("export"),
    low: sane ? low : null,
    high: sane ? high : null,
    min: params.number("min"),
    max: params.number("max"),
    round: params.count("round", 0, 20),
    most: results ?? (ranged ? MOST : USUAL),
    seconds: minutes !== null ? minutes * 60 : days !== null ? days * 86_400 : null,
    grouped: ["timescale", "sum", "average", "median"].some((name) => params.one(name, ...SPANS) !== null),
    closed: params.text("end") !== null,
    zone: zoneOf(params),
  };
}

/** The zone that is asked for; the viewer's if there is none of that name. */
export function zoneOf(params: Params): Zone {
  const name = params.text("timezone");
  if (name !== null) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: name });
      return { name };
    } catch {
      // Some spellings are the server's alone; the times it gives carry the hours.
      return null;
    }
  }
  const hours = params.number("offset");
  return hours !== null && Math.abs(hours) <= 14 ? { hours } : null;
}
