/** What a device comes in with. Its password is shown but once, ready to be copied and saved. */

import { useId } from "preact/hooks";
import { CopyButton } from "../../ui/code";
import { Confirm } from "../../ui/confirm";
import { Refused, useSending } from "../../ui/form";
import { useRef } from "preact/hooks";
import { save } from "../connect/files";
import { fill } from "../connect/snippets/fill.mjs";
import { MQTT_KINDS, mqttTemplate } from "../connect/snippets/mqtt-kinds";
import type { DeviceProps } from "./device";
import { deviceValuesHere } from "./programs";

/** Files that programs read the credentials from, and whose program it is. */
const FILES = [
  { kind: "micropython", name: "secrets.py" },
  { kind: "arduino", name: "mqtt_secrets.h" },
];

export function Credentials({ devices, device }: DeviceProps) {
  const sending = useSending();
  const id = useId();
  const password = devices.fresh.value.get(device.client_id);
  return (
    <section class="device-part" aria-labelledby={id}>
      <h3 id={id}>How it signs in</h3>
      {password === undefined ? null : (
        <p class="device-once" role="status">
          <strong>Here is its password.</strong> It is shown this once: copy or save it now.
        </p>
      )}
      <dl class="device-facts">
        <Fact name="Client ID and user name" value={device.client_id} />
        {password === undefined ? (
          <div>
            <dt>Password</dt>
            <dd class="device-hidden">was shown when it was made</dd>
          </div>
        ) : (
          <Fact name="Password" value={password} />
        )}
      </dl>
      {password === undefined ? (
        <div>
          <Confirm
            name="New password…"
            about={`for ${device.name}`}
            question="The old one no longer lets it in."
            yes="Make a new password"
            onYes={() => sending.run(() => devices.newPassword(device.client_id))}
          />
        </div>
      ) : (
        <div class="buttons">
          {FILES.map(({ kind, name }) => (
            <button
              key={name}
              type="button"
              class="button"
              data-kind="soft"
              data-size="small"
              onClick={() => {
                const found = MQTT_KINDS.find(({ id }) => id === kind)!;
                save(name, fill(mqttTemplate(found, name), deviceValuesHere(devices, device, null)));
              }}
            >
              Download {name}
            </button>
          ))}
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => devices.forget(device.client_id)}>
            I have it
          </button>
        </div>
      )}
      <Refused>{sending.problem}</Refused>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <div>
      <dt>{name}</dt>
      <dd class="code device-fact">
        <code ref={code} data-testid={name === "Password" ? "device-password" : "device-id"}>
          {value}
        </code>
        <CopyButton name={name.toLowerCase()} text={value} code={code} />
      </dd>
    </div>
  );
}
