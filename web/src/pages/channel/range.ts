/** Which stretch of time a channel's page shows, and how the address says so, that a link shows the same to others. */

export type SpanName = "1h" | "24h" | "7d" | "30d" | "1y" | "all";

export type Span = {
  name: SpanName;
  short: string;
  /** As in "Last 24 hours". */
  words: string;
  /** `null` for all there is. */
  seconds: number | null;
};

const DAY = 86_400;

export const SPANS: readonly Span[] = [
  { name: "1h", short: "1 h", words: "Last hour", seconds: 3_600 },
  { name: "24h", short: "24 h", words: "Last 24 hours", seconds: DAY },
  { name: "7d", short: "7 d", words: "Last 7 days", seconds: 7 * DAY },
  { name: "30d", short: "30 d", words: "Last 30 days", seconds: 30 * DAY },
  { name: "1y", short: "1 y", words: "Last year", seconds: 365 * DAY },
  { name: "all", short: "All", words: "Since the first entry", seconds: null },
];

const USUAL = SPANS[1]!;

/** From when to when, in seconds since 1970. */
export type Stretch = [number, number];

/** A span that ends now, or a stretch of its own that was chosen or zoomed into; without it the span comes back. */
export type Range = { span: Span; stretch: Stretch | null };

/** Nothing shorter is shown, in seconds. */
export const SHORTEST = 2;

/** What an address says. What makes no sense is left out. */
export function fromQuery(query: URLSearchParams): Range {
  const span = SPANS.find(({ name }) => name === query.get("range")) ?? USUAL;
  return { span, stretch: sane([parse(query.get("from")), parse(query.get("to"))]) };
}

/** What an address must say; `null` takes a name out of it. */
export function toQuery({ span, stretch }: Range): { range: string | null; from: string | null; to: string | null } {
  return {
    range: span === USUAL ? null : span.name,
    from: stretch ? written(stretch[0]) : null,
    to: stretch ? written(stretch[1]) : null,
  };
}

/** A stretch that can be shown: begins before it ends, and not before time did. */
export function sane([from, until]: Stretch): Stretch | null {
  if (!Number.isFinite(from) || !Number.isFinite(until) || from < 0 || until <= from) return null;
  const missing = Math.max(0, SHORTEST - (until - from)) / 2;
  return [from - missing, until + missing];
}

/** The end of a live stretch, which moves on in steps that a chart can show rather than all the time. */
export function liveEnd(now: number, seconds: number): number {
  const step = Math.max(1, seconds / 1_500);
  return Math.ceil(now / step) * step;
}

/** What a point may stand for, in seconds: lengths that people know. */
const LENGTHS = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, DAY, 2 * DAY, 7 * DAY, 14 * DAY,
  30 * DAY,
];

/** The longest that a point may stand for, in seconds, so that there are no more than so many in a stretch. */
export function lengthOf([from, until]: Stretch, points: number): number {
  const length = until - from;
  return LENGTHS.find((seconds) => length / seconds <= points) ?? Math.ceil(length / points / DAY) * DAY;
}

/** What to ask for, in milliseconds, so that about so many points come and each stands for a length that people know. */
export function question([from, until]: Stretch, points: number): { start: number; end: number; width: number } {
  const start = Math.floor(from * 1000);
  const length = Math.ceil(until * 1000) - start;
  const each = lengthOf([0, length / 1000], points) * 1000;
  const spans = Math.max(9, Math.ceil((length + 1) / each));
  // The server makes spans of the length of the stretch, parted by one less than the points, and a millisecond.
  return { start, end: start + spans * each - 1, width: spans + 1 };
}

/** A stretch of the same length that lies between two times, or all between them if it is too long for that. */
export function between([from, until]: Stretch, [first, last]: Stretch): Stretch {
  const length = Math.min(until - from, last - first);
  const begin = Math.min(Math.max(from, first), last - length);
  return [begin, begin + length];
}

/** A stretch with a part of itself more on either side, so that there is something to move it into. */
export function wider([from, until]: Stretch, part: number): Stretch {
  const more = (until - from) * part;
  return [Math.max(0, from - more), until + more];
}

function parse(text: string | null): number {
  return Date.parse(text ?? "") / 1000;
}

/** As short as it can be: 2026-11-25T10:00Z. */
function written(seconds: number): string {
  return new Date(Math.round(seconds) * 1000).toISOString().replace(/(:00)?\.000Z$/, "Z");
}
