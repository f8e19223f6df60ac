/** The reader's devices: who may come in by MQTT, what each may do, and what it says. */

import "../../style/devices.css";
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { live } from "../../live/live";
import { server } from "../../session";
import { Away } from "../../ui/away";
import { Refused } from "../../ui/form";
import { useBeside } from "../../ui/frame";
import { PlusIcon } from "../../ui/icons";
import { LivePill } from "../../ui/live-pill";
import { Title } from "../../ui/title";
import { choices } from "../connect/addresses";
import { DeviceCard } from "./device";
import { Devices } from "./devices";
import { mqtt } from "./mqtt";
import { NewDeviceDialog } from "./new-device";

export default function DevicesPage() {
  const [devices] = useState(() => new Devices());
  const making = useSignal(false);
  useEffect(() => devices.start(), [devices]);
  useBeside(<Link />, devices);
  const all = devices.all.value;
  if (all === null) return <Away problem={devices.problem.value} title="Devices" />;
  const make = (
    <button type="button" class="button" onClick={() => void (making.value = true)}>
      <PlusIcon />
      New device
    </button>
  );
  return (
    <>
      <div class="page-head">
        <Title text="Devices" />
        {all.length > 0 ? make : null}
      </div>
      <Where />
      <Refused>{devices.problem.value}</Refused>
      {all.length === 0 ? (
        <section class="panel sheet devices-none" aria-labelledby="no-devices">
          <Drawing />
          <h2 id="no-devices">Let a board speak MQTT</h2>
          <p class="soft">
            A device is a name and a password for one board: by it the board sends to your channels and hears them, over a connection
            that stays open. Boards that use a channel’s key over HTTP need none.
          </p>
          {make}
        </section>
      ) : (
        <ul class="devices" data-testid="devices">
          {all.map((device) => (
            <li key={device.client_id}>
              <DeviceCard devices={devices} device={device} />
            </li>
          ))}
        </ul>
      )}
      {making.value ? <NewDeviceDialog devices={devices} onClose={() => void (making.value = false)} /> : null}
    </>
  );
}

function Link() {
  return <LivePill link={live.link.value} />;
}

/** Where the server listens, or that it does not. */
function Where() {
  const { port, tls_port, websocket } = mqtt(server.value);
  const { hostname, host } = new URL(choices(server.value?.addresses ?? [], location.href)[0]!);
  const doors = [
    port === null ? null : `port ${port}`,
    tls_port === null ? null : `${tls_port} with TLS`,
    websocket ? `ws://${host}/mqtt` : null,
  ].filter((door) => door !== null);
  if (doors.length === 0) {
    return <p class="devices-note">This server does not listen for MQTT. Whoever runs it can let it: fieldpost serve --mqtt-listen 0.0.0.0:1883</p>;
  }
  return (
    <p class="devices-where">
      MQTT at <strong>{hostname}</strong>: {doors.join(", ")}
    </p>
  );
}

/** Two boards and what passes between them. */
function Drawing() {
  return (
    <svg class="devices-drawing" viewBox="0 0 220 72" aria-hidden="true">
      <rect x="6" y="14" width="58" height="44" rx="9" class="drawing-board" />
      <circle cx="35" cy="36" r="8" class="drawing-led" />
      <path d="M80 26c18-10 42-10 60 0M140 46c-18 10-42 10-60 0" class="drawing-way" />
      <path d="M134 20l8 6-9 4M86 52l-8-6 9-4" class="drawing-tip" />
      <rect x="156" y="14" width="58" height="44" rx="9" class="drawing-post" />
      <path d="M172 46V26h22l-4 5 4 5h-22" class="drawing-flag" />
    </svg>
  );
}
