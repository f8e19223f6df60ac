/** Times and numbers as people read them. */

/** How long ago something was, in seconds. */
export function ago(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 1) return "now";
  if (whole < 60) return `${whole} s ago`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ago`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ago`;
  return `${Math.floor(whole / 86_400)} d ago`;
}

/** Says times as people read them in one time zone. Seconds since 1970 go in. */
export type Clock = {
  /** 14:03:59 */
  time(seconds: number): string;
  /** 14:03 */
  minute(seconds: number): string;
  /** Tue 25 Nov, 14:03:59; with the year if it is not this one. */
  full(seconds: number): string;
  /** 25 Nov, 14:03:59; with the year if it is not this one. */
  stamp(seconds: number): string;
  /** 25 Nov; with the year if it is not this one. */
  day(seconds: number): string;
  /** Begins a day in the zone. */
  midnight(seconds: number): number;
  /** 2026-11-25T14:03, as inputs for a date and a time want it, with seconds too, and back. */
  wall(seconds: number): string;
  wallSecond(seconds: number): string;
  fromWall(text: string): number;
  /** Words for times along an axis, as short as they can be. */
  along(times: readonly number[]): string[];
  /** The zone's name, such as Europe/Berlin. */
  zone: string;
};

const clocks = new Map<string | undefined, Clock>();

/** The clock of a zone; of the reader's own, if none is named or it is not known here. */
export function clock(zone?: string): Clock {
  let known = clocks.get(zone);
  if (known === undefined) clocks.set(zone, (known = makeClock(zone)));
  return known;
}

const DAY = 86_400;

function makeClock(zone: string | undefined): Clock {
  const format = (options: Intl.DateTimeFormatOptions) => {
    try {
      return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    } catch {
      return new Intl.DateTimeFormat("en-GB", options);
    }
  };
  const second = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const time = format(second);
  const minute = format({ hour: "2-digit", minute: "2-digit" });
  const dayMonth = format({ day: "numeric", month: "short" });
  const month = format({ month: "short", year: "numeric" });
  const day = format({ day: "numeric", month: "short", year: "numeric" });
  const full = format({ weekday: "short", day: "numeric", month: "short", ...second });
  const fullYear = format({ day: "numeric", month: "short", year: "numeric", ...second });
  const year = format({ year: "numeric" });
  const parts = format({ ...second, hourCycle: "h23" });
  const sinceMidnight = (seconds: number) => {
    const [hours = 0, minutes = 0, rest = 0] = parts.formatToParts(seconds * 1000).flatMap(({ type, value }) =>
      type === "hour" || type === "minute" || type === "second" ? [Number(value)] : [],
    );
    return hours * 3600 + minutes * 60 + rest;
  };
  const thisYear = (seconds: number) => year.format(seconds * 1000) === year.format(Date.now());
  const said = (format: Intl.DateTimeFormat) => (seconds: number) => format.format(seconds * 1000);
  // Swedish writes dates as machines do.
  const machine = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: time.resolvedOptions().timeZone });
  const wall = (seconds: number) => machine.format(seconds * 1000).replace(" ", "T");
  return {
    wall: (seconds) => wall(seconds).slice(0, 16),
    wallSecond: wall,
    fromWall: (text) => {
      const wanted = Date.parse(`${text}Z`) / 1000;
      if (Number.isNaN(wanted)) return Number.NaN;
      const shift = (seconds: number) => Date.parse(`${wall(seconds)}Z`) / 1000 - seconds;
      const guess = wanted - shift(wanted);
      return wanted - shift(guess);
    },
    time: said(time),
    minute: said(minute),
    full: (seconds) => (thisYear(seconds) ? said(full) : said(fullYear))(seconds),
    stamp: (seconds) => (thisYear(seconds) ? `${said(dayMonth)(seconds)}, ${said(time)(seconds)}` : said(fullYear)(seconds)),
    day: (seconds) => (thisYear(seconds) ? said(dayMonth) : said(day))(seconds),
    midnight: (seconds) => {
      const guess = Math.floor(seconds) - sinceMidnight(seconds);
      // A day on which clocks are put on or back: the guess is an hour off.
      const off = sinceMidnight(guess);
      return off > DAY / 2 ? guess + DAY - off : guess - off;
    },
    along: (times) => {
      const step = times.length > 1 ? times[1]! - times[0]! : 1;
      return times.map((each) => {
        if (step >= 27 * DAY) return said(month)(each);
        if (step >= DAY || sinceMidnight(each) === 0) return said(dayMonth)(each);
        return said(Math.floor(each) % 60 === 0 ? minute : time)(each);
      });
    },
    zone: time.resolvedOptions().timeZone.replaceAll("_", " "),
  };
}

/** The time of day here, for seconds since 1970. */
export function timeOfDay(seconds: number): string {
  return clock().time(seconds);
}

/** Where "here" is, such as Europe/Berlin. */
export function timeZone(): string {
  return clock().zone;
}

const UNITS = [
  ["d", DAY],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** How long something is, in the two largest units that say it well: `7 h 18 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const at = UNITS.findIndex(([, length]) => seconds >= length);
  const [[unit, length], [small, part]] = [UNITS[at]!, UNITS[at + 1]!];
  const parts = Math.round(seconds / part);
  const [whole, rest] = [Math.floor((parts * part) / length), parts - Math.floor((parts * part) / length) * (length / part)];
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${small}`;
}

/** A count with its word: 1 entry, 12,345 entries. */
export function count(many: number, one: string, more: string): string {
  return `${many.toLocaleString("en-GB")} ${many === 1 ? one : more}`;
}

/** A size: 940 bytes, 1.4 MB, 12 GB. */
export function size(bytes: number): string {
  for (const [unit, length] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    const many = bytes / length;
    if (many >= 0.9995) return `${many < 9.95 ? Math.round(many * 10) / 10 : Math.round(many)} ${unit}`;
  }
  return count(bytes, "byte", "bytes");
}
