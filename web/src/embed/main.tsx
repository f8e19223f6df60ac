/** Finds out what a frame is to show, and shows it: a chart, a widget, a map, a list of statuses; or why it can't. */

import { render } from "preact";
import { Params, type Place, placeOf } from "./address";
import { inkOn, wear } from "./paint";
import { No } from "./read";

const RETRY = 5_000;

const root = document.getElementById("frame")!;
const params = new Params(location.search, location.hash);
const place = placeOf(location.pathname);

async function show(place: Place): Promise<void> {
  root.dataset["kind"] = place.kind === "widget" ? place.widget : place.kind;
  // Each comes on its own, so that a lamp does not bring the charts along.
  switch (place.kind) {
    case "chart":
      return (await import("./chart")).showChart(root, place.channel, place.field, params);
    case "widget":
      return (await import("./widgets")).showWidget(root, place, params);
    case "map":
      return (await import("./map")).showMap(root, place.channel, params);
    case "statuses":
      return (await import("./statuses")).showStatuses(root, place.channel, params);
  }
}

async function start(): Promise<void> {
  wear(inkOn(params.colour("bgcolor") ?? "#ffffff"));
  if (place === null) return explain("There is nothing to show at this address. See /docs for charts and widgets in frames.");
  try {
    await show(place);
  } catch (error) {
    const no = error instanceof No ? error : new No("This frame could not be drawn. Load it again.");
    if (!(error instanceof No)) console.error(error);
    explain(no.message);
    if (no.passing) setTimeout(() => void start(), RETRY);
  }
}

function explain(words: string): void {
  root.dataset["kind"] = "no";
  render(
    <>
      <h1 class="unseen">Nothing to show</h1>
      <p class="no" role="alert">
        {words}
      </p>
    </>,
    root,
  );
}

void start();
