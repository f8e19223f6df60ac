/** What a device that speaks MQTT is set up with. Their list is `mqtt-kinds.json`. */

import list from "./mqtt-kinds.json";
import { type Kind, shelf } from "./shelf";

export const MQTT_KINDS: readonly Kind[] = list;

export const mqttTemplate = shelf(import.meta.glob("./mqtt/*/*", { query: "?raw", import: "default", eager: true }), "./mqtt");
