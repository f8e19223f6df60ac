/** The virtual boards' words, and an entry as their drawings and charts know it. All other words are in `contract.ts`. */

import type { components } from "./schema";

export type Fields = {
  field1: string | null;
  field2?: string | null;
};

/** An accepted update. Values are texts, exactly as they were sent. */
export type Entry = Fields & {
  created_at: string;
  entry_id: number;
};

type Words = components["schemas"];

export type Climate = Words["Climate"];
export type SensorBoard = Words["SensorBoard"];
export type DisplayBoard = Words["DisplayBoard"];
export type Oled = Words["Oled"];
export type BoardId = Words["BoardId"];
export type Snapshot = Words["Snapshot"];
export type ChannelName = Words["ChannelName"];
export type DemoChannels = Words["BoardChannels"];
