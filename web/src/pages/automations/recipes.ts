/** Automations to begin with: each fills the editor, and leaves what only the reader knows. */

import type { Card } from "../../api/contract";
import { zoneHere } from "../../ui/zones";
import type { Draft } from "./draft";

export type Recipe = { id: string; name: string; about: string; fill: (draft: Draft) => void };

export const RECIPES: readonly Recipe[] = [
  {
    id: "warm",
    name: "Too warm",
    about: "When a value rises above a limit, your phone hears of it by ntfy.",
    fill: (draft) => {
      draft.value.value = "30";
      draft.hysteresis.value = "1";
      draft.does.value = "ntfy";
      draft.subject.value = "Too warm";
      draft.text.value = "It is %%trigger%% since %%datetime%%.";
    },
  },
  {
    id: "silent",
    name: "A board is silent",
    about: "When nothing has come for half an hour, you get an e-mail.",
    fill: (draft) => {
      draft.watch.value = "silence";
      draft.minutes.value = "30";
      draft.does.value = "email";
      draft.subject.value = "A board is silent";
      draft.text.value = "Nothing came to channel %%channel_id%% for 30 minutes.";
    },
  },
  {
    id: "morning",
    name: "Every morning",
    about: "At half past seven a board gets a command, such as to water.",
    fill: (draft) => {
      draft.kind.value = "time";
      draft.at.value = "day";
      draft.time.value = "07:30";
      draft.does.value = "talkback";
      draft.command.value = "WATER";
    },
  },
  {
    id: "webhook",
    name: "Tell another service",
    about: "Each new value calls an address in the web.",
    fill: (draft) => {
      draft.op.value = "!=";
      draft.value.value = "0";
      draft.repeat.value = "each";
      draft.does.value = "webhook";
      draft.headers.value = [["Content-Type", "application/json"]];
      draft.text.value = '{"value": "%%trigger%%", "at": "%%datetime%%"}';
    },
  },
];

/** Fills in what is at hand: the first channel and its first field, the zone of this device. */
export function begin(draft: Draft, channels: readonly Card[], zone: string | undefined): void {
  const first = channels[0];
  draft.zone.value = zone ?? zoneHere();
  if (first === undefined) return;
  draft.channel.value = String(first.id);
  draft.watch.value = String(first.fields[0]?.no ?? 1);
  draft.target.value = String(channels.find(({ role }) => role !== "viewer")?.id ?? "");
}
