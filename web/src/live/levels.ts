/**
 * Overviews that were read already, a few for each level of closeness: what is looked at again is there at once, and
 * what is looked at closer is there coarsely until the answer is. Not here: asking, and drawing.
 */

import type { Overview } from "./columns";

/** So many are kept; each is a hundred kilobytes or so. */
const MOST = 24;

export type Level = {
  overview: Overview;
  /** It reaches to the present: what came since belongs to it. */
  open: boolean;
};

/** From when to when, in seconds. */
type Stretch = [number, number];

export class Levels {
  /** What was used last comes last. */
  private kept: Level[] = [];

  constructor(
    /** Whether all that came since an id is known, so that an open overview of that age is still whole. */
    private readonly holdsAllSince: (id: number) => boolean,
  ) {}

  keep(overview: Overview, open: boolean): Level {
    const level = { overview, open };
    const same = (other: Overview) =>
      other.start === overview.start && other.end === overview.end && other.resolution === overview.resolution;
    this.kept = [...this.kept.filter((each) => !same(each.overview)), level].slice(-MOST);
    return level;
  }

  /** One that shows all of a stretch, in spans of no more than so many seconds and no older than what is known since. */
  sharp(stretch: Stretch, resolution: number): Level | null {
    const found = this.kept
      .filter((level) => this.covers(level, stretch) && level.overview.resolution <= resolution * 1000)
      .sort((one, other) => other.overview.resolution - one.overview.resolution)[0];
    return this.used(found);
  }

  /** The best there is for a stretch: the finest that shows all of it, else the one that shows most. */
  coarse(stretch: Stretch): Level | null {
    const share = (level: Level) => (this.covers(level, stretch) ? stretch[1] - stretch[0] : overlap(level, stretch));
    const found = this.kept
      .filter((level) => share(level) > 0)
      .sort((one, other) => share(other) - share(one) || one.overview.resolution - other.overview.resolution)[0];
    return this.used(found);
  }

  clear(): void {
    this.kept = [];
  }

  private covers({ overview: { start, end, lastId }, open }: Level, [from, until]: Stretch): boolean {
    if (start > Math.ceil(from * 1000)) return false;
    return open ? this.holdsAllSince(lastId) : end >= Math.floor(until * 1000);
  }

  private used(level: Level | undefined): Level | null {
    if (level === undefined) return null;
    this.kept = [...this.kept.filter((each) => each !== level), level];
    return level;
  }
}

function overlap({ overview: { start, end } }: Level, [from, until]: Stretch): number {
  return Math.max(0, Math.min(end / 1000, until) - Math.max(start / 1000, from));
}
