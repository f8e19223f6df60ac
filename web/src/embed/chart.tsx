/** A chart as the cloud service's frames have it: title, axes with labels, one line or bars; drawn by uPlot. */

import { render } from "preact";
import type { Params } from "./address";
import { follow } from "./follow";
import { chartOptions, FEED } from "./options";
import { wear, inkOn } from "./paint";
import { Picture } from "./picture";
import { added, type Point, pointsOf, type Row } from "./points";
import { rarely } from "./rarely";
import { type Feed, labelOf, No, read } from "./read";
import { save } from "./save";
import { summary } from "./words";

/** The shortest time between two readings of the whole feed, in milliseconds. */
const REST = 1_000;

export async function showChart(root: HTMLElement, channel: number, field: number, params: Params): Promise<void> {
  const options = chartOptions(params);
  const ink = inkOn(options.bgcolor);
  wear(ink);
  const feed = () => read<Feed>(channel, `fields/${field}.json`, params.query(...FEED));
  if (field < 1 || field > 8) throw new No("Fields have numbers from 1 to 8: /channels/ID/charts/1");

  const first = await feed();
  const label = labelOf(first.channel, field);
  const title = options.title ?? first.channel.name;
  let known = first.channel.last_entry_id ?? 0;
  let points = pointsOf(first.feeds, field);

  render(<Frame title={title} channel={channel} export={options.export} />, root);
  document.title = `${title} · ${label}`;
  root.style.width = options.width === null ? "" : `min(100%, ${options.width}px)`;
  root.style.height = options.height === null ? "" : `min(100%, ${options.height}px)`;
  const place = root.querySelector<HTMLElement>(".plot")!;
  const words = root.querySelector<HTMLElement>("#summary")!;
  const empty = root.querySelector<HTMLElement>(".empty")!;
  const picture = new Picture(place, options, ink, options.yaxis ?? label);
  const draw = (now: Point[]) => {
    points = now;
    picture.draw(points);
    words.textContent = summary(points, title, options.zone);
    empty.textContent = points.length > 0 ? "" : first.channel.last_entry_id ? "No values in this stretch of time" : "No values yet";
    root.dataset["points"] = String(points.length);
  };
  place.setAttribute("aria-label", `${title}: ${label} over time. Arrow keys move along the values.`);
  draw(points);
  root.querySelector(".save")?.addEventListener("click", () => save(place, title, ink));
  if (!options.dynamic || options.closed) return;

  const again = rarely(options.grouped ? options.update : REST, async () => {
    const now = await feed().catch(() => null);
    if (now === null) return;
    known = now.channel.last_entry_id ?? 0;
    draw(pointsOf(now.feeds, field));
  });
  follow({
    channel,
    key: params.key,
    every: options.update,
    known: () => known,
    entry: (row: Row) => {
      known = row.entry_id ?? known;
      if (options.grouped) again();
      else draw(added(points, row, field, options));
    },
    stale: again,
  });
}

function Frame({ title, channel, export: exports }: { title: string; channel: number; export: boolean }) {
  return (
    <>
      <h1>{title}</h1>
      <div class="plot" role="group" aria-roledescription="chart" aria-describedby="summary" tabIndex={0}>
        <p class="tip" role="status" hidden />
      </div>
      <p class="empty" />
      <p id="summary" class="unseen" />
      <footer>
        {exports && (
          <button type="button" class="save">
            Save as image
          </button>
        )}
        <a href={`/channels/${channel}`} target="_blank" rel="noopener">
          Fieldpost
        </a>
      </footer>
    </>
  );
}
