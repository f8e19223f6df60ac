/** One device: whether it is here, and once it is opened its credentials, what it says, what it may do, and programs. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Device } from "../../api/contract";
import { now } from "../../live/clock";
import { Confirm } from "../../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { ago } from "../../ui/words";
import { Credentials } from "./credentials";
import type { Devices } from "./devices";
import { Programs } from "./programs";
import { inWords, plain } from "./rights";
import { RightsTable } from "./rights-table";
import { Topics } from "./topics";

export type DeviceProps = { devices: Devices; device: Device };

export function DeviceCard({ devices, device }: DeviceProps) {
  const id = useId();
  const open = devices.open.value.has(device.client_id);
  return (
    <article class="panel device" data-testid={`device-${device.name}`} data-connected={device.connected} aria-labelledby={`${id}-name`}>
      <header class="device-head">
        <div class="device-what">
          <h2 id={`${id}-name`}>{device.name || device.client_id}</h2>
          <p class="device-state">
            <Presence device={device} />
          </p>
          <p class="device-rights">{inWords(device.rights, devices.channels.value)}</p>
        </div>
        <button
          type="button"
          class="button"
          data-kind="soft"
          data-size="small"
          aria-expanded={open}
          aria-controls={`${id}-body`}
          onClick={() => devices.show(device.client_id, !open)}
        >
          {open ? "Close" : "Open"}
          <span class="hidden"> {device.name}</span>
        </button>
      </header>
      <div id={`${id}-body`} hidden={!open}>
        {open ? <Body devices={devices} device={device} /> : null}
      </div>
    </article>
  );
}

/** Where it is, since when, and what it left to be said of it. */
function Presence({ device: { connected, since_at, peer, will } }: { device: Device }) {
  const since = since_at === null ? "" : ago((now.value - since_at) / 1000);
  return (
    <>
      <span class="presence" data-on={connected}>
        {connected ? "Connected" : since_at === null ? "Not seen yet" : "Offline"}
      </span>
      {since_at === null ? null : (
        <span>
          {connected ? `since ${since.replace(/ ago$/, "")}` : since}
          {connected && peer !== null ? `, from ${peer}` : ""}
        </span>
      )}
      {will !== null ? <span class="chip chip-quiet">says “{will}”</span> : null}
    </>
  );
}

function Body({ devices, device }: DeviceProps) {
  return (
    <div class="device-body">
      <div class="device-columns">
        <div class="device-column">
          <Credentials devices={devices} device={device} />
          <Rights devices={devices} device={device} />
        </div>
        <Topics devices={devices} device={device} />
      </div>
      <Programs devices={devices} device={device} />
      <About devices={devices} device={device} />
    </div>
  );
}

function Rights({ devices, device }: DeviceProps) {
  const rights = useSignal(device.rights);
  const sending = useSending();
  const saved = useSignal(false);
  const id = useId();
  return (
    <section class="device-part" aria-labelledby={id}>
      <h3 id={id}>What it may do</h3>
      <Form
        label={`What ${device.name} may do`}
        sending={sending}
        onSend={async () => {
          saved.value = false;
          await devices.change(device.client_id, { rights: plain(rights.value) });
          saved.value = true;
          setTimeout(() => void (saved.value = false), 3_000);
        }}
      >
        <RightsTable rights={rights} channels={devices.channels.value} />
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind="soft">
            Save
          </Submit>
          <span role="status" class="saved">
            {saved.value ? "Saved" : ""}
          </span>
        </div>
      </Form>
    </section>
  );
}

function About({ devices, device }: DeviceProps) {
  const name = useSignal(device.name);
  const sending = useSending();
  const acting = useSending();
  return (
    <div class="device-about">
      <Form label={`Rename ${device.name}`} sending={sending} onSend={() => devices.change(device.client_id, { name: name.value.trim() })}>
        <Input
          label="Name"
          value={name}
          maxLength={80}
          problem={sending.problem}
          after={
            <Submit sending={sending} kind="soft">
              Rename
            </Submit>
          }
        />
      </Form>
      <div>
        <Confirm
          name="Remove this device"
          question={`${device.name} is shut out at once.`}
          yes="Remove it"
          onYes={() => acting.run(() => devices.drop(device.client_id))}
        />
        <Refused>{acting.problem}</Refused>
      </div>
    </div>
  );
}
