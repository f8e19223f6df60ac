/** Looks into the beginning of a file that was exported from a channel: which fields it has. The server reads the rest. */

export type Head = {
  /** Numbers of the fields that are in it. */
  fields: number[];
  /** The time in its first line, as it stands there. */
  first: string | null;
};

/** So much of a file is looked into, in bytes. */
export const HEAD_BYTES = 64 * 1024;

/** `null` if this is no export of a channel. */
export function readHead(text: string): Head | null {
  const [names, row] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = (names ?? "").split(",").map((name) => name.trim().replace(/^"|"$/g, ""));
  const at = columns.indexOf("created_at");
  const fields = columns.flatMap((name) => {
    const number = /^field([1-8])$/.exec(name)?.[1];
    return number ? [Number(number)] : [];
  });
  if (at < 0 || fields.length === 0) return null;
  return { fields: fields.toSorted(), first: row?.split(",")[at]?.trim().replace(/^"|"$/g, "") || null };
}

/** A channel's name for a file's. */
export function nameOf(file: string): string {
  const name = file.replace(/\.csv$/i, "").replace(/[_-]+/g, " ").trim();
  return /^(feeds?|feed \d+.*|\d+)?$/i.test(name) ? "From ThingSpeak" : name;
}
