/** From means to the path of a sparkline in a box of 100 by 32, and to a sentence. */

const WIDTH = 100;
const TOP = 3;
const BOTTOM = 29;

export type SparkPath = {
  line: string;
  area: string;
  /** Where the newest value is. */
  end: { x: number; y: number } | null;
  /** Under a value that is alone, so that it is seen to be the end of something: how high it stands. */
  base: number | null;
};

export function sparkPath(means: (number | null)[]): SparkPath {
  const known = means.filter((mean): mean is number => mean !== null);
  if (known.length === 0) return { line: "", area: "", end: null, base: null };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = means.length > 1 ? WIDTH / (means.length - 1) : 0;
  const x = (index: number) => round(means.length > 1 ? index * step : WIDTH);
  const y = (mean: number) => round(high === low ? (TOP + BOTTOM) / 2 : BOTTOM - ((mean - low) / (high - low)) * (BOTTOM - TOP));
  let [line, area] = ["", ""];
  for (const run of runs(means)) {
    const points = run.map((index) => `${x(index)} ${y(means[index]!)}`);
    // A value alone is a dot: a line of no length with round ends.
    line += `M${points.join("L")}${points.length === 1 ? "h0" : ""}`;
    if (points.length > 1) area += `M${x(run[0]!)} 32L${points.join("L")}L${x(run.at(-1)!)} 32Z`;
  }
  const last = means.findLastIndex((mean) => mean !== null);
  const end = { x: x(last), y: y(means[last]!) };
  return { line, area, end, base: known.length === 1 ? end.y : null };
}

/** What the line says, for those who do not see it. */
export function sparkWords(means: (number | null)[], unit: string): string {
  const known = means.filter((mean): mean is number => mean !== null);
  if (known.length === 0) return "Nothing in the last 24 hours";
  const say = (mean: number) => `${Number(mean.toPrecision(4))}${unit && ` ${unit}`}`;
  const [low, high] = [say(Math.min(...known)), say(Math.max(...known))];
  return low === high ? `Last 24 hours: ${low}` : `Last 24 hours: ${low} to ${high}`;
}

/** The stretches of indices without a hole. */
function runs(means: (number | null)[]): number[][] {
  const all: number[][] = [];
  let run: number[] = [];
  means.forEach((mean, index) => {
    if (mean !== null) run.push(index);
    if ((mean === null || index === means.length - 1) && run.length > 0) {
      all.push(run);
      run = [];
    }
  });
  return all;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
