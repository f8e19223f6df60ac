/** What a device may do with which channel, as ticks. */

import type { Signal } from "@preact/signals";
import type { Card, Right } from "../../api/contract";
import { type Deed, grant, may } from "./rights";

type Props = { rights: Signal<Right[]>; channels: readonly Card[] };

const DEEDS: { deed: Deed; name: string; verb: string }[] = [
  { deed: "publish", name: "Send", verb: "Send to" },
  { deed: "subscribe", name: "Hear", verb: "Hear" },
];

export function RightsTable({ rights, channels }: Props) {
  return (
    <div class="rights-scroll">
      <table class="rights">
        <caption class="hidden">What it may do with each channel</caption>
        <thead>
          <tr>
            <th scope="col">Channel</th>
            {DEEDS.map(({ deed, name }) => (
              <th key={deed} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row rights={rights} channel={null} name="All my channels" about="also those to come" />
          {channels.map(({ id, name, role, owner }) => (
            <Row
              key={id}
              rights={rights}
              channel={id}
              name={name}
              about={role === "owner" ? "" : `shared by ${owner}`}
              hearsOnly={role === "viewer"}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = { rights: Signal<Right[]>; channel: number | null; name: string; about: string; hearsOnly?: boolean };

function Row({ rights, channel, name, about, hearsOnly }: RowProps) {
  return (
    <tr data-all={channel === null}>
      <th scope="row">
        {name}
        {about ? <span>{about}</span> : null}
      </th>
      {DEEDS.map(({ deed, verb }) => {
        const all = channel !== null && may(rights.value, null, deed);
        return (
          <td key={deed}>
            <label>
              <input
                type="checkbox"
                checked={all || may(rights.value, channel, deed)}
                disabled={all || (hearsOnly && deed === "publish")}
                onChange={(event) => void (rights.value = grant(rights.value, channel, deed, event.currentTarget.checked))}
              />
              <span class="hidden">
                {verb} {name}
              </span>
            </label>
          </td>
        );
      })}
    </tr>
  );
}
