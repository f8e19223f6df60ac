/** Where a server listens for MQTT, by what it says of itself. */

import type { Mqtt, Server } from "../../api/contract";

const NOWHERE: Mqtt = { port: null, tls_port: null, websocket: false };

export function mqtt(server: Server | null): Mqtt {
  return server?.mqtt ?? NOWHERE;
}
