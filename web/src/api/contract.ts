/**
 * The words of the dashboard's API (`/api/v1`), by the names that pages use. They come from the API's own document:
 * `schema.ts` is generated (`cargo xtask docs`). Not here: addresses, and asking (`client.ts`).
 */

import type { components } from "./schema";

type Words = components["schemas"];

export type Role = Words["Role"];
export type Server = Words["Server"];
export type Me = Words["Me"];
export type Field = Words["Field"];
export type Entry = Words["Entry"];
export type Correction = Words["Correction"];
export type Deleted = Words["Deleted"];
export type Card = Words["Card"];
export type ReadKey = Words["ReadKey"];
export type Detail = Words["Detail"];
export type Link = Words["Link"];
export type Series = Words["Series"];
export type Alerts = Words["Alerts"];
export type Session = Words["Session"];
export type User = Words["User"];
export type Attempt = Words["Attempt"];
export type Channels = Words["Channels"];
export type PublicChannels = Words["PublicChannels"];
export type NewChannel = Words["NewChannel"];
export type Device = Words["Device"];
export type MadeDevice = Words["MadeDevice"];
export type Right = Words["Right"];
export type Seen = Words["SeenTopic"];
export type TopicMap = Words["TopicMap"];
export type TalkBack = Words["TalkBack"];
export type Control = Words["Control"];
export type Command = Words["Command"];
export type CommandState = Words["CommandState"];
export type Mqtt = Words["MqttPorts"];
export type Automation = Words["Automation"];
export type NewAutomation = Words["NewAutomation"];
export type When = Words["When"];
export type Condition = Words["Condition"];
export type At = Words["At"];
export type Op = Words["Op"];
export type TextOp = Words["TextOp"];
export type Action = Words["Action"];
export type Run = Words["Run"];
export type RunState = Words["RunState"];
export type ThingHttp = Words["ThingHttp"];
export type NewThingHttp = Words["NewThingHttp"];
export type ThingHttpTest = Words["ThingHttpTest"];
export type Import = Words["Import"];
export type ImportFound = Words["ImportFound"];
export type ImportSource = Words["ImportSource"];
export type Relay = Words["Relay"];
export type NewRelay = Words["NewRelay"];
export type Valid = Words["Valid"];
export type Keep = Words["Keep"];
export type Storage = Words["Storage"];
export type Backups = Words["Backups"];
