/** What is between the boards: the server with its two channels, and the ways to and from it. */

import type { Signal } from "@preact/signals";
import type { Channel } from "../live/channel";
import { now } from "../live/clock";
import type { Demo } from "../live/demo";
import { ago, timeOfDay } from "../ui/words";

export function Post({ demo, taken }: { demo: Demo; taken: Taken }) {
  const wifi = { display: demo.display.value?.wifi ?? true, sensor: demo.sensor.value?.wifi ?? true };
  const reading = demo.readings.newest.value;
  const command = demo.command.newest.value;
  return (
    <section class="post" aria-label="The server between the boards">
      <p class="post-name">
        This server
        <span>{location.host}</span>
      </p>
      <Lane
        name="LED command"
        towards="sensor"
        channel={demo.command}
        wifi={wifi}
        passing={{ display: demo.command.arrived.value?.entry_id, sensor: taken.command.value }}
        value={command ? (command.field1 === "1" ? "on" : "off") : "–"}
      />
      <Lane
        name="Readings"
        towards="display"
        channel={demo.readings}
        wifi={wifi}
        passing={{ display: taken.reading.value, sensor: demo.readings.arrived.value?.entry_id }}
        value={reading ? `${reading.field1 ?? "–"} °C  ${reading.field2 ?? "–"} %` : "–"}
      />
    </section>
  );
}

/** Counts how often a board was seen to act on what it had read. */
export type Taken = { reading: Signal<number>; command: Signal<number> };

type LaneProps = {
  name: string;
  /** Where entries go. */
  towards: "sensor" | "display";
  channel: Channel;
  wifi: { display: boolean; sensor: boolean };
  /** Changes when something passes between the server and a board. */
  passing: { display: number | undefined; sensor: number | undefined };
  value: string;
};

function Lane({ name, towards, channel, wifi, passing, value }: LaneProps) {
  const entry = channel.newest.value;
  const time = entry ? Date.parse(entry.created_at) / 1000 : null;
  return (
    <div class="lane" data-towards={towards}>
      <Way plugged={wifi.display} passing={passing.display} />
      <div class="slot">
        <h3>
          {name} <span>channel {channel.id}</span>
        </h3>
        <p class="slot-value">{value}</p>
        <p class="slot-entry">
          {entry && time !== null ? (
            <>
              entry {entry.entry_id} <time dateTime={entry.created_at} title={timeOfDay(time)}>{ago(now.value / 1000 - time)}</time>
            </>
          ) : (
            "no entry yet"
          )}
        </p>
      </div>
      <Way plugged={wifi.sensor} passing={passing.sensor} />
    </div>
  );
}

function Way({ plugged, passing }: { plugged: boolean; passing: number | undefined }) {
  return (
    <div class="post-wire" data-plugged={plugged} aria-hidden="true">
      {/* A new key is a new element, and a new element begins its journey. */}
      {passing ? <span class="pulse" key={passing} /> : null}
    </div>
  );
}
