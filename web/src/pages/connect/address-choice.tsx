/** By which of its addresses a board reaches this server: the reader knows, where there are several. */

import { useSignal } from "@preact/signals";
import { choices, isThisMachine } from "./addresses";

export type Place = {
  /** What there is to choose from, best first. */
  all: string[];
  /** The one that was chosen. */
  address: string;
  choose: (address: string) => void;
};

export function usePlace(addresses: readonly string[]): Place {
  const all = choices(addresses, location.href);
  const chosen = useSignal(all[0]!);
  return {
    all,
    address: all.includes(chosen.value) ? chosen.value : all[0]!,
    choose: (address) => {
      chosen.value = address;
    },
  };
}

/** The choice, and what is to be said of it. `plainOnly` programs speak no https. */
export function AddressChoice({ place: { all, address, choose }, plainOnly }: { place: Place; plainOnly: boolean }) {
  return (
    <>
      {all.length > 1 ? (
        <label class="connect-address">
          <span>Your server is at</span>
          <select class="input" value={address} onChange={(event) => choose(event.currentTarget.value)}>
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
      {plainOnly && address.startsWith("https:") ? (
        <p class="connect-note">This program speaks plain http only: choose an address that begins with http://.</p>
      ) : null}
    </>
  );
}
