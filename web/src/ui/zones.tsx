/** A choice of time zones, by the names that the whole world uses. */

import type { Signal } from "@preact/signals";
import { Select } from "./form";

/** The zone of this device. */
export function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function ZoneSelect({ value, hint }: { value: Signal<string>; hint?: string }) {
  const zones = new Set(["UTC", zoneHere(), value.value, ...Intl.supportedValuesOf("timeZone")]);
  return (
    <Select label="Time zone" value={value} hint={hint}>
      {[...zones].toSorted().map((zone) => (
        <option key={zone} value={zone}>
          {zone.replaceAll("_", " ")}
        </option>
      ))}
    </Select>
  );
}
