/** From a board on the desk to its first value: what it is, what to put on it, and what then happens. */

import "../../style/connect.css";
import { useSignal } from "@preact/signals";
import type { Detail } from "../../api/contract";
import type { ConnectProps } from ".";
import { AddressChoice, usePlace } from "./address-choice";
import { isThisMachine } from "./addresses";
import { Files } from "./files";
import { KindPicker } from "./kind-picker";
import { QrCode } from "./qr-code";
import { valuesFor } from "./snippets/fill.mjs";
import { KINDS, template } from "./snippets/kinds";
import { Waiting } from "./waiting";

export function Wizard({ channel, addresses }: ConnectProps) {
  const place = usePlace(addresses);
  const kind = useSignal(KINDS.find((each) => each.id === remembered()) ?? KINDS[0]!);
  const wanted = wantedOf(channel);
  if (wanted === null) {
    return (
      <p class="panel connect-closed">
        Only who may change this channel sees its write key. Ask {channel.owner} to share it with you as an editor.
      </p>
    );
  }
  const [best] = place.all;
  return (
    <div class="connect">
      <section class="panel connect-step" aria-labelledby="connect-kind">
        <h2 id="connect-kind">
          <Number of={1} /> What do you have?
        </h2>
        <KindPicker
          chosen={kind.value}
          onChoose={(next) => {
            kind.value = next;
            remember(next.id);
          }}
        />
      </section>
      <section class="panel connect-step" aria-labelledby="connect-code">
        <h2 id="connect-code">
          <Number of={2} /> {kind.value.id === "curl" ? "Run this" : "Put this on it"}
        </h2>
        <AddressChoice place={place} plainOnly={kind.value.plainOnly ?? false} />
        <p class="connect-next">{kind.value.next}</p>
        <Files key={kind.value.id} kind={kind.value} template={template} values={valuesFor(wanted, place.address)} />
        <p class="connect-soft">
          Does it speak MQTT, as Tasmota does, or should it stay connected? <a href="/devices">Make it a device</a>: there are its password
          and programs for eight kinds.
        </p>
      </section>
      <Waiting channel={channel} />
      <section class="panel connect-phone" aria-labelledby="connect-phone">
        <QrCode text={`${best!}/channels/${channel.id}`} />
        <div>
          <h2 id="connect-phone">See it on your phone</h2>
          <p>
            {isThisMachine(best!)
              ? "Once this page is open by an address of your network, this leads a phone to the channel."
              : "The camera finds the way to this channel, in the same network."}
          </p>
          <p class="connect-url">{`${best!}/channels/${channel.id}`}</p>
        </div>
      </section>
    </div>
  );
}

function Number({ of }: { of: number }) {
  return (
    <span class="connect-number" aria-hidden="true">
      {of}
    </span>
  );
}

/** What the snippets need of a channel; `null` where the reader may not see its keys. */
function wantedOf({ id, keys, fields }: Detail) {
  return keys === null ? null : { id, fields, write_key: keys.write_key, read_key: keys.read_keys[0]?.key };
}

const PLACE = "fieldpost.kind";

function remembered(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function remember(id: string): void {
  try {
    localStorage.setItem(PLACE, id);
  } catch {
    // Where nothing may be kept the first kind is offered again.
  }
}
