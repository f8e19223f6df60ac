/** Words of the dashboard's API that its document does not have yet. */

export type Right = { channel: number | null; publish: boolean; subscribe: boolean };
export type TopicMap = { topic: string; path: string | null; channel: number; field: number };
export type Seen = { topic: string; payload: string; at: number };
export type Device = {
  client_id: string;
  name: string;
  created_at: number;
  rights: Right[];
  maps: TopicMap[];
  connected: boolean;
  since_at: number | null;
  peer: string | null;
  will: string | null;
  seen: Seen[];
};
export type NewDevice = Device & { password: string };

export type CommandState = "queued" | "delivered" | "acknowledged" | "expired";
export type Command = {
  id: number;
  talkback: number;
  command_string: string;
  position: number | null;
  state: CommandState;
  created_at: number;
  delivered_at: number | null;
  acknowledged_at: number | null;
  expires_at: number | null;
};
export type Control =
  | { kind: "switch"; label: string; on: string; off: string }
  | { kind: "button"; label: string; command: string }
  | { kind: "slider"; label: string; command: string; min: number; max: number; step: number };
export type TalkBack = {
  id: number;
  name: string;
  api_key: string;
  channel: number | null;
  log: boolean;
  expire_s: number | null;
  controls: Control[];
  created_at: number;
  queued: number;
};

/** Where the server listens for MQTT. */
export type Mqtt = { port: number | null; tls_port: number | null; websocket: boolean };
