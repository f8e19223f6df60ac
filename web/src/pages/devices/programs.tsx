/** Programs for a device, with where the server is and what the device comes in with filled in. */

import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Card, Device } from "../../api/contract";
import { server } from "../../session";
import { Select } from "../../ui/form";
import { choices } from "../connect/addresses";
import { Programs as AnyPrograms } from "../connect/programs";
import { deviceValues } from "../connect/snippets/fill.mjs";
import { MQTT_KINDS, mqttTemplate } from "../connect/snippets/mqtt-kinds";
import type { DeviceProps } from "./device";
import type { Devices } from "./devices";
import { mqtt } from "./mqtt";
import { sendsTo } from "./rights";

/** Where MQTT is by agreement. */
const USUAL_PORT = 1883;

/** What goes into the programs; without a channel it is the first that the device may send to. */
export function deviceValuesHere(devices: Devices, device: Device, channel: Card | null, address = choices(server.value?.addresses ?? [], location.href)[0]!) {
  const to = channel ?? sendsTo(device.rights, devices.channels.value)[0] ?? { id: 1, fields: [] };
  const password = devices.fresh.value.get(device.client_id) ?? "THE DEVICE’S PASSWORD";
  return deviceValues({ client_id: device.client_id, password }, to, address, mqtt(server.value).port ?? USUAL_PORT);
}

export function Programs({ devices, device }: DeviceProps) {
  const channels = sendsTo(device.rights, devices.channels.value);
  const wanted = useSignal(String(channels[0]?.id ?? ""));
  const id = useId();
  const channel = channels.find((each) => String(each.id) === wanted.value) ?? channels[0] ?? null;
  // The right to the one that was chosen may be taken while the page is open. What has been chosen since is left alone.
  useEffect(() => {
    if (channel !== null && !channels.some((each) => String(each.id) === wanted.peek())) wanted.value = String(channel.id);
  }, [channel?.id]);
  return (
    <section class="device-part" aria-labelledby={id}>
      <h3 id={id}>Ready programs</h3>
      {channel === null ? (
        <p class="soft">It may not send to any channel yet. Give it the right above, then programs for it are here.</p>
      ) : (
        <>
          {channels.length > 1 ? (
            <div class="device-channel">
              <Select label="It sends to" value={wanted}>
                {channels.map(({ id, name }) => (
                  <option key={id} value={String(id)}>
                    {name}
                  </option>
                ))}
              </Select>
            </div>
          ) : null}
          <AnyPrograms kinds={MQTT_KINDS} template={mqttTemplate} values={(address) => deviceValuesHere(devices, device, channel, address)} />
        </>
      )}
    </section>
  );
}
