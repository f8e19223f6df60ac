/** The virtual boards' words, and an entry as their charts keep it: made from what the server says, never asked of it. */

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
