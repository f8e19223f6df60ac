/** What a device may do, in words and in ticks. Pure. */

import type { Right } from "../../api/contract";

export type Named = { id: number; name: string };

export type Deed = "publish" | "subscribe";

/** Whether a device may do something with a channel; `null` asks for all channels, also those to come. */
export function may(rights: readonly Right[], channel: number | null, deed: Deed): boolean {
  return rights.some((right) => right.channel === channel && right[deed]);
}

/** Gives or takes a right. */
export function grant(rights: readonly Right[], channel: number | null, deed: Deed, given: boolean): Right[] {
  const before = rights.find((right) => right.channel === channel) ?? { channel, publish: false, subscribe: false };
  const after = { ...before, [deed]: given };
  const others = rights.filter((right) => right.channel !== channel);
  return after.publish || after.subscribe ? [...others, after] : others;
}

/** What is really granted: with all channels a single one needs no tick of its own. */
export function plain(rights: readonly Right[]): Right[] {
  const all = rights.find(({ channel }) => channel === null);
  return rights
    .map((right) =>
      right.channel === null || all === undefined
        ? right
        : { ...right, publish: right.publish && !all.publish, subscribe: right.subscribe && !all.subscribe },
    )
    .filter(({ publish, subscribe }) => publish || subscribe);
}

/** In a sentence: "sends to Greenhouse, hears all your channels". */
export function inWords(rights: readonly Right[], channels: readonly Named[]): string {
  const sends = to(rights, channels, "publish");
  const hears = to(rights, channels, "subscribe");
  if (sends === null && hears === null) return "may do nothing yet";
  if (sends === hears) return `sends to and hears ${sends}`;
  return [sends === null ? "" : `sends to ${sends}`, hears === null ? "" : `hears ${hears}`].filter((part) => part !== "").join(", ");
}

function to(rights: readonly Right[], channels: readonly Named[], deed: Deed): string | null {
  if (may(rights, null, deed)) return "all your channels";
  const ids = rights.filter((right) => right[deed]).map(({ channel }) => channel);
  if (ids.length === 0) return null;
  const names = ids.map((id) => channels.find((each) => each.id === id)?.name ?? `channel ${id}`);
  return names.length > 2 ? `${names.length} channels` : names.join(" and ");
}

/** The channels that a device may send to. */
export function sendsTo<C extends Named>(rights: readonly Right[], channels: readonly C[]): C[] {
  return channels.filter(({ id }) => may(rights, null, "publish") || may(rights, id, "publish"));
}
