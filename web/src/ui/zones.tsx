/** A choice of time zones, by the names that the whole world uses. */

import type { Signal } from "@preact/signals";
import { Select } from "./form";

/** The zone of this device. */
export function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

type Props = {
  value: Signal<string>;
  label?: string;
  hint?: string;
  /** What it says where no zone need be chosen. */
  none?: string;
};

export function ZoneSelect({ value, label = "Time zone", hint, none }: Props) {
  const zones = new Set(["UTC", zoneHere(), ...(value.value ? [value.value] : []), ...Intl.supportedValuesOf("timeZone")]);
  return (
    <Select label={label} value={value} hint={hint}>
      {none === undefined ? null : <option value="">{none}</option>}
      {[...zones].toSorted().map((zone) => (
        <option key={zone} value={zone}>
          {zone.replaceAll("_", " ")}
        </option>
      ))}
    </Select>
  );
}
