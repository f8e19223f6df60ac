/**
 * What a frame's address asks for: the path says what to show of which channel, the rest says how. Addresses and
 * names are the cloud service's; what has no sensible value counts as not given, as there.
 */

export type Place =
  | { kind: "chart"; channel: number; field: number }
  | { kind: "widget"; channel: number; widget: Widget; stored: boolean }
  | { kind: "map"; channel: number }
  | { kind: "statuses"; channel: number };

export type Widget = "gauge" | "number" | "lamp";

const WIDGETS: readonly string[] = ["gauge", "number", "lamp"];

/** Reads a path; nothing if no frame lives there. */
export function placeOf(path: string): Place | null {
  const [channels, id, what, which, ...more] = path.split("/").filter((word) => word !== "");
  const channel = whole(id);
  if (channels !== "channels" || channel === null || what === undefined || which === undefined || more.length > 0) return null;
  const name = which.replace(/\.html?$/, "");
  switch (what) {
    case "charts":
      return { kind: "chart", channel, field: whole(name) ?? 0 };
    case "widgets":
      // The service's widgets have numbers and are set up on its website; ours say in their address what they are.
      if (WIDGETS.includes(name)) return { kind: "widget", channel, widget: name as Widget, stored: false };
      return whole(name) === null ? null : { kind: "widget", channel, widget: "number", stored: true };
    case "maps":
      return name === "channel_show" ? { kind: "map", channel } : null;
    case "status":
    case "statuses":
      return name === "recent" ? { kind: "statuses", channel } : null;
    default:
      return null;
  }
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

/** The parameters of an address. */
export class Params {
  private readonly values = new Map<string, string>();

  /**
   * Takes `location.search` and `location.hash`. Who forgot to write `#` as `%23` in a colour has cut the address
   * there, so both are read as one; and a name may begin with `amp;` where somebody escaped an address twice.
   */
  constructor(search: string, hash = "") {
    const whole = search.includes("=") ? search + hash : search;
    for (const [name, value] of new URLSearchParams(whole.replace(/^\?/, ""))) {
      this.values.set(name.replace(/^(amp;)+/, ""), value);
    }
  }

  /** The value of a name; nothing if it is blank. */
  text(name: string): string | null {
    const text = this.values.get(name)?.trim() ?? "";
    return text === "" ? null : text;
  }

  /** A decimal. */
  number(name: string): number | null {
    const text = this.text(name);
    return text !== null && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
  }

  /** A whole number from `least` to `most`. */
  count(name: string, least: number, most: number): number | null {
    const number = this.number(name);
    return number !== null && Number.isInteger(number) && number >= least && number <= most ? number : null;
  }

  is(name: string): boolean {
    return /^(true|1)$/i.test(this.text(name) ?? "");
  }

  one<T extends string>(name: string, ...choices: T[]): T | null {
    const text = this.text(name)?.toLowerCase();
    return choices.find((choice) => choice === text) ?? null;
  }

  /** A colour in any of CSS's spellings; three or six hexadecimal digits may come without their `#`. */
  colour(name: string, known = (text: string) => CSS.supports("color", text)): string | null {
    return colour(this.text(name), known);
  }

  /** The read key, under each of its names. */
  get key(): string | null {
    return this.text("key") ?? this.text("api_key") ?? this.text("apikey");
  }

  /** What the server is to know of these names, and the key. */
  query(...names: string[]): URLSearchParams {
    const query = new URLSearchParams();
    if (this.key !== null) query.set("api_key", this.key);
    for (const name of names) {
      const value = this.text(name);
      if (value !== null) query.set(name, value);
    }
    return query;
  }
}

/** A colour as CSS has it; nothing if it is none. */
export function colour(text: string | null, known = (text: string) => CSS.supports("color", text)): string | null {
  if (text === null) return null;
  // Escaped twice, a `#` arrives as the three characters that stand for it.
  const bare = text.replace(/^%23/, "#");
  if (/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(bare)) return `#${bare.replace("#", "")}`.toLowerCase();
  return /^[a-z]+$|^(rgb|hsl)a?\([0-9.,%\s/]+\)$/i.test(bare) && known(bare) ? bare : null;
}
