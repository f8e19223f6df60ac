/** What a device says outside of channels, and which of it becomes a field's value. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Card, Seen, TopicMap } from "../../api/contract";
import { now } from "../../live/clock";
import { Form, Input, Refused, Select, Submit, useSending } from "../../ui/form";
import { FIELDS_MAX } from "../../ui/labels";
import { parseLabel } from "../../ui/value";
import { ago } from "../../ui/words";
import type { DeviceProps } from "./device";
import type { Devices } from "./devices";
import { leaves, likeliest } from "./leaves";
import { sendsTo } from "./rights";

export function Topics({ devices, device }: DeviceProps) {
  const id = useId();
  const seen = [...device.seen].sort((one, other) => other.at - one.at);
  return (
    <section class="device-part" aria-labelledby={id}>
      <h3 id={id}>Seen topics</h3>
      <p class="soft">What it says under topics of its own, as Tasmota and ESPHome do. Any value in it can become a field.</p>
      {device.maps.length > 0 ? <Maps devices={devices} device={device} /> : null}
      {seen.length === 0 ? (
        <p class="device-empty">Nothing yet. The newest message of each topic appears here as it comes.</p>
      ) : (
        <ul class="topics" data-testid="topics">
          {seen.map((message) => (
            <Topic key={message.topic} devices={devices} device={device} message={message} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Topic({ devices, device, message }: DeviceProps & { message: Seen }) {
  const open = useSignal(false);
  return (
    <li class="topic">
      <div class="topic-head">
        <code class="topic-name">{message.topic}</code>
        <span class="topic-at">{ago((now.value - message.at) / 1000)}</span>
      </div>
      <code class="topic-payload">{message.payload === "" ? "(empty)" : message.payload}</code>
      {open.value ? (
        <UseAs devices={devices} device={device} message={message} onClose={() => void (open.value = false)} />
      ) : (
        <button type="button" class="button topic-use" data-kind="soft" data-size="small" onClick={() => void (open.value = true)}>
          Use as field…<span class="hidden"> {message.topic}</span>
        </button>
      )}
    </li>
  );
}

/** No path begins with a blank. */
const TYPED = " ";

function UseAs({ devices, device, message, onClose }: DeviceProps & { message: Seen; onClose: () => void }) {
  // What is chosen from stays as it was when the choice began; the topic may go on meanwhile.
  const all = useSignal(leaves(message.payload)).value;
  const channels = sendsTo(device.rights, devices.channels.value);
  const path = useSignal(likeliest(all)?.path ?? "");
  const typed = useSignal("");
  const channel = useSignal(String(channels[0]?.id ?? ""));
  const field = useSignal("1");
  const sending = useSending();
  const chosen = channels.find(({ id }) => String(id) === channel.value) ?? null;
  if (chosen === null) {
    return <p class="devices-note">It may not send to any channel. Give it the right to, then its values can go there.</p>;
  }
  const isPlain = all[0]?.path === null;
  return (
    <Form
      label={`Use ${message.topic} as a field`}
      sending={sending}
      onSend={async () => {
        const way = path.value === TYPED ? typed.value.trim() : path.value;
        const map: TopicMap = { topic: message.topic, path: isPlain ? null : way, channel: chosen.id, field: Number(field.value) };
        await devices.change(device.client_id, { maps: [...device.maps.filter((each) => !same(each, map)), map] });
        onClose();
      }}
    >
      {isPlain ? null : (
        <Select label="Value" value={path}>
          {all.map((leaf) => (
            <option key={leaf.path} value={leaf.path ?? ""}>
              {leaf.path}: {leaf.text.slice(0, 40)}
            </option>
          ))}
          <option value={TYPED}>another one…</option>
        </Select>
      )}
      {path.value === TYPED ? (
        <Input
          label="Where the value is"
          value={typed}
          maxLength={200}
          spellcheck={false}
          autocapitalize="none"
          placeholder="ENERGY.Power"
          hint="The names on the way to it, with dots."
        />
      ) : null}
      <div class="topic-to">
        <Select label="Channel" value={channel}>
          {channels.map(({ id, name }) => (
            <option key={id} value={String(id)}>
              {name}
            </option>
          ))}
        </Select>
        <Select label="Field" value={field}>
          {Array.from({ length: FIELDS_MAX }, (_, index) => index + 1).map((no) => (
            <option key={no} value={String(no)}>
              {fieldName(chosen, no)}
            </option>
          ))}
        </Select>
      </div>
      <Refused>{sending.problem}</Refused>
      <div class="buttons">
        <Submit sending={sending}>Use it</Submit>
        <button type="button" class="button" data-kind="soft" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Form>
  );
}

function Maps({ devices, device }: DeviceProps) {
  const sending = useSending();
  return (
    <>
      <ul class="maps" aria-label="Topics that are fields" data-testid="maps">
        {device.maps.map((map) => (
          <li key={`${map.topic} ${map.path} ${map.channel} ${map.field}`}>
            <p>
              <code>{map.topic}</code>
              {map.path === null ? null : <code class="map-path">{map.path}</code>}
              <span class="map-to">
                → <Target devices={devices} map={map} />
              </span>
            </p>
            <button
              type="button"
              class="link"
              onClick={() =>
                void sending.run(() => devices.change(device.client_id, { maps: device.maps.filter((each) => each !== map) }))
              }
            >
              Remove
              <span class="hidden">
                {" "}
                {map.topic} {map.path}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Refused>{sending.problem}</Refused>
    </>
  );
}

/** The field as a way to where its values are seen. */
function Target({ devices, map }: { devices: Devices; map: TopicMap }) {
  const channel = devices.channels.value.find(({ id }) => id === map.channel);
  if (channel === undefined) return <>channel {map.channel}, field {map.field}</>;
  return (
    <a href={`/channels/${map.channel}`}>
      {channel.name}, {fieldName(channel, map.field)}
    </a>
  );
}

const same = (one: TopicMap, other: TopicMap) => one.topic === other.topic && one.path === other.path && one.channel === other.channel && one.field === other.field;

function fieldName({ fields }: Pick<Card, "fields">, no: number): string {
  const label = fields.find((each) => each.no === no)?.label;
  return label ? parseLabel(label).name : `Field ${no}`;
}

