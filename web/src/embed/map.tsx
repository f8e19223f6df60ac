/** Where a channel is: a pin on the outlines of the land. Nothing is loaded from a map service, so it works offline. */

import { render } from "preact";
import type { Params } from "./address";
import { LAND } from "./land";
import { inkOn, wear } from "./paint";
import { type Feed, No, read } from "./read";

export type Spot = { latitude: number; longitude: number; elevation: string | null };

/** Degrees of longitude that are shown, at the place's own latitude. */
const WIDE = 76;

export async function showMap(root: HTMLElement, channel: number, params: Params): Promise<void> {
  wear(inkOn("#ffffff"));
  const query = new URLSearchParams([...params.query(), ["results", "1"], ["location", "true"]]);
  const feed = await read<Feed>(channel, "feeds.json", query);
  // A board that moves sends its place along; a channel stays where its settings say.
  const spot = spotOf(feed.channel) ?? spotOf(feed.feeds.at(-1));
  if (spot === null) {
    throw new No(`${feed.channel.name} has no place yet. Give it a latitude and longitude in its settings.`);
  }
  document.title = `${feed.channel.name} on the map`;
  const [width, height] = [params.count("width", 50, 10_000), params.count("height", 50, 10_000)];
  root.style.width = width === null ? "" : `min(100%, ${width}px)`;
  root.style.height = height === null ? "" : `min(100%, ${height}px)`;
  render(<Map name={feed.channel.name} spot={spot} />, root);
}

export function spotOf(from: { [name: string]: unknown } | undefined): Spot | null {
  const degrees = (name: string, most: number) => {
    const text = from?.[name];
    const number = text === null || text === undefined || text === "" ? Number.NaN : Number(text);
    return Math.abs(number) <= most ? number : null;
  };
  const [latitude, longitude] = [degrees("latitude", 90), degrees("longitude", 180)];
  if (latitude === null || longitude === null) return null;
  const elevation = from?.["elevation"];
  return { latitude, longitude, elevation: typeof elevation === "string" && elevation.trim() !== "" ? elevation.trim() : null };
}

/** Degrees as people write them. */
export function written(degrees: number, [plus, minus]: readonly [string, string]): string {
  return `${Math.abs(degrees).toFixed(4).replace(/\.?0+$/, "")}° ${degrees < 0 ? minus : plus}`;
}

function Map({ name, spot }: { name: string; spot: Spot }) {
  const { latitude, longitude, elevation } = spot;
  // East and west are narrower towards the poles.
  const narrow = Math.max(0.25, Math.cos((latitude * Math.PI) / 180));
  const [x, y] = [(longitude + 180) * 4 * narrow, (90 - latitude) * 4];
  const wide = WIDE * 4 * narrow;
  const around = `${x - wide / 2} ${y - wide / 2} ${wide} ${wide}`;
  const pin = wide / 26;
  const lines = (count: number) => Array.from({ length: count + 1 }, (_, at) => at * 40);
  const where = [written(latitude, ["N", "S"]), written(longitude, ["E", "W"]), ...(elevation ? [`${elevation} m`] : [])].join(" · ");
  return (
    <>
      <svg class="map" viewBox={around} preserveAspectRatio="xMidYMid slice" role="img" aria-label={`${name} is at ${where}`}>
        {[-1_440, 0, 1_440].map((turn) => (
          <g transform={`scale(${narrow} 1) translate(${turn} 0)`}>
            <path class="land" d={LAND} />
            <path class="net" d={lines(36).map((at) => `M${at} 0V720`).join("") + lines(18).map((at) => `M0 ${at}H1440`).join("")} />
          </g>
        ))}
        <g transform={`translate(${x} ${y}) scale(${pin})`}>
          <ellipse class="shade" rx="0.5" ry="0.2" />
          <path class="pin" d="M0 0C-0.3 -0.62 -0.85 -0.95 -0.85 -1.55A0.85 0.85 0 1 1 0.85 -1.55C0.85 -0.95 0.3 -0.62 0 0z" />
          <circle class="eye" cy="-1.55" r="0.32" />
        </g>
      </svg>
      <p class="where">
        <h1>{name}</h1>
        <span>{where}</span>
        <a href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=12/${latitude}/${longitude}`} target="_blank" rel="noopener">
          Street map
        </a>
      </p>
    </>
  );
}
