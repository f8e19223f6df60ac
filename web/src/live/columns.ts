/**
 * Reads what a stretch of a channel looks like from the server's binary columns (`application/vnd.fieldpost.columns`,
 * version 1): each entry, or spans of time with their first, last, lowest and highest number. The numbers are looked at where
 * they lie in the answer and not copied. Not here: asking the server, and drawing.
 */

/** A stretch of a channel. Times are milliseconds since 1970; a field that has no number is `NaN`. */
export type Overview = {
  /** What was asked for. */
  start: number;
  end: number;
  /** How long each span is; 0 if each row is an entry. */
  resolution: number;
  /** How many entries the stretch holds. */
  entries: number;
  /** The channel's newest id when this was read: who goes on listens after it. */
  lastId: number;
  /** The time of each entry, or the beginning of each span that holds one; ascending. */
  times: Float64Array;
  /** The entries' ids; `null` where rows are spans. */
  ids: Float64Array | null;
  columns: Looks[];
};

/** What a field was, row by row. Where rows are entries all four are the same array. */
export type Looks = {
  no: number;
  /** How many values lay outside of what the channel's owner believes, and are left out. */
  hidden: number;
  first: Float64Array;
  last: Float64Array;
  low: Float64Array;
  high: Float64Array;
  /** How many numbers each span has; `null` where rows are entries. */
  count: Uint32Array | null;
};

/** "FPC1", as a number of four bytes with the lowest first. */
const MAGIC = 0x31435046;
const POINTS = 0;
const SPANS = 1;
const HEAD = 56;

/**
 * Takes an answer apart. Throws if it is none, as from a server of another age. Numbers are little endian, as all machines are
 * that browsers run on.
 */
export function decode(answer: ArrayBuffer): Overview {
  const view = new DataView(answer);
  if (answer.byteLength < HEAD || view.getUint32(0, true) !== MAGIC) throw new Error(UNREADABLE);
  const [kind, rows, many] = [4, 8, 12].map((at) => view.getUint32(at, true)) as [number, number, number];
  const whole = (at: number) => Number(view.getBigInt64(at, true));
  if (kind !== POINTS && kind !== SPANS) throw new Error(UNREADABLE);
  let at = HEAD;
  const take = (): Float64Array => {
    if (at + rows * 8 > answer.byteLength) throw new Error(UNREADABLE);
    const numbers = new Float64Array(answer, at, rows);
    at += rows * 8;
    return numbers;
  };
  const times = take();
  const ids = kind === POINTS ? take() : null;
  const columns = Array.from({ length: many }, (): Looks => {
    if (at + 8 > answer.byteLength) throw new Error(UNREADABLE);
    const [no, hidden] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    at += 8;
    if (kind === POINTS) {
      const values = take();
      return { no, hidden, first: values, last: values, low: values, high: values, count: null };
    }
    const [first, last, low, high] = [take(), take(), take(), take()];
    if (at + rows * 4 > answer.byteLength) throw new Error(UNREADABLE);
    const count = new Uint32Array(answer, at, rows);
    at += Math.ceil(rows / 2) * 8;
    return { no, hidden, first, last, low, high, count };
  });
  return { start: whole(16), end: whole(24), resolution: whole(32), entries: whole(40), lastId: whole(48), times, ids, columns };
}

const UNREADABLE = "The server’s answer can’t be read here: it is of another version than this page. Load the page again.";
