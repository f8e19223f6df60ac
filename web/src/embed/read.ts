/** Reads the channel of a frame by the ordinary API, and says in words why that is not possible. */

import type { components } from "../api/thingspeak";
import type { Row } from "./points";

/** A "no" that is to be shown in the frame. `passing` ones may be over soon. */
export class No extends Error {
  constructor(
    message: string,
    readonly passing = false,
  ) {
    super(message);
  }
}

export type ChannelHead = components["schemas"]["Feed"]["channel"] & { [field: string]: string | number | null | undefined };

export type Feed = { channel: ChannelHead; feeds: Row[] };

const PATIENCE = 20_000;

/** Reads below a channel. No cookie goes along: a frame on a stranger's page sees what a stranger sees. */
export async function read<T>(channel: number, path: string, query: URLSearchParams): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(`/channels/${channel}/${path}?${query}`, { credentials: "omit", cache: "no-store", signal }).catch(
    () => null,
  );
  if (answer === null || answer.status >= 500 || answer.status === 429) throw new No("The server does not answer. Trying again…", true);
  if (answer.status === 404) throw new No(`There is no channel ${channel} on this server.`);
  if (answer.status === 400 || answer.status === 401) throw new No(closed(channel, query.has("api_key")));
  if (!answer.ok) throw new No(`The server said no (HTTP ${answer.status}).`);
  return (await answer.json()) as T;
}

function closed(channel: number, key: boolean): string {
  return key
    ? `The key in this frame's address does not open channel ${channel}. Use one of the channel's read keys.`
    : `Channel ${channel} is private. Add one of its read keys to this frame's address: api_key=YOUR_READ_KEY`;
}

/** What a field is called. */
export function labelOf(channel: ChannelHead, field: number): string {
  const label = channel[`field${field}`];
  if (typeof label === "string") return label;
  const there = [1, 2, 3, 4, 5, 6, 7, 8].filter((no) => typeof channel[`field${no}`] === "string");
  const hint = there.length === 0 ? "It has none yet" : `It has ${there.length === 1 ? "field" : "fields"} ${there.join(", ")}`;
  throw new No(`Channel ${channel.id} has no field ${field === 0 ? "of that number" : field}. ${hint}; name fields in the channel's settings.`);
}
