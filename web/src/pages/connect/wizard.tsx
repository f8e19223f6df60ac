/** From a board on the desk to its first value: what it is, what to put on it, and what then happens. */

import "../../style/connect.css";
import { useSignal } from "@preact/signals";
import type { Detail } from "../../api/contract";
import type { ConnectProps } from ".";
import { choices, isThisMachine } from "./addresses";
import { Files } from "./files";
import { KindPicker } from "./kind-picker";
import { QrCode } from "./qr-code";
import { KINDS } from "./snippets/kinds";
import { valuesFor } from "./snippets/fill.mjs";
import { Waiting } from "./waiting";

export function Wizard({ channel, addresses }: ConnectProps) {
  const all = choices(addresses, location.href);
  const kind = useSignal(KINDS.find((each) => each.id === remembered()) ?? KINDS[0]!);
  const chosen = useSignal(all[0]!);
  const wanted = wantedOf(channel);
  if (wanted === null) {
    return (
      <p class="panel connect-closed">
        Only who may change this channel sees its write key. Ask {channel.owner} to share it with you as an editor.
      </p>
    );
  }
  const address = all.includes(chosen.value) ? chosen.value : all[0]!;
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
        {all.length > 1 ? (
          <label class="connect-address">
            <span>Your server is at</span>
            <select
              class="input"
              value={address}
              onChange={(event) => {
                chosen.value = event.currentTarget.value;
              }}
            >
              {all.map((each) => (
                <option key={each} value={each}>
                  {isThisMachine(each) ? `${each} (this machine only)` : each}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        {isThisMachine(address) && all.length === 1 ? (
          <p class="connect-note">
            This address is for programs on this machine. A board needs the server’s address in your network: open this page by it.
          </p>
        ) : null}
        {kind.value.plainOnly && address.startsWith("https:") ? (
          <p class="connect-note">This program speaks plain http only: choose an address that begins with http://.</p>
        ) : null}
        <p class="connect-next">{kind.value.next}</p>
        <Files key={kind.value.id} kind={kind.value} values={valuesFor(wanted, address)} />
      </section>
      <Waiting channel={channel} />
      <section class="panel connect-phone" aria-labelledby="connect-phone">
        <QrCode text={`${all[0]!}/channels/${channel.id}`} />
        <div>
          <h2 id="connect-phone">See it on your phone</h2>
          <p>
            {isThisMachine(all[0]!)
              ? "Once this page is open by an address of your network, this leads a phone to the channel."
              : "The camera finds the way to this channel, in the same network."}
          </p>
          <p class="connect-url">{`${all[0]!}/channels/${channel.id}`}</p>
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
