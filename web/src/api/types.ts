/** The virtual boards' words, and an entry as their drawings and charts know it. All other words are in `contract.ts`. */

export type Fields = {
  field1: string | null;
  field2?: string | null;
};

/** An accepted update. Values are texts, exactly as they were sent. */
export type Entry = Fields & {
  created_at: string;
  entry_id: number;
};

export type Climate = { temperature: number; humidity: number };

export type SensorBoard = {
  id: "sensor";
  name: string;
  wifi: boolean;
  /** The light that is switched from far away. */
  led: boolean;
  /** The light that shows that the program is alive. */
  heartbeat: boolean;
  /** The climate that was set. */
  climate: Climate;
  /** What the sensor said last. */
  reading: { temperature: string; humidity: string } | null;
  fault: string | null;
  /** What happened, newest last. */
  log: string[];
};

export type DisplayBoard = {
  id: "display";
  name: string;
  wifi: boolean;
  heartbeat: boolean;
  /** The button is held down. */
  button: boolean;
  /** What the button switches, as the node sees it. */
  state: boolean;
  oled: Oled;
  log: string[];
};

export type Oled = {
  width: number;
  height: number;
  on: boolean;
  /** Base64; see `boards/oled.ts`. */
  pixels: string;
};

export type BoardId = "sensor" | "display";

export type Snapshot = { boards: (SensorBoard | DisplayBoard)[] };

export type ChannelName = { id: number; name: string };

export type DemoChannels = { readings: ChannelName; command: ChannelName };
