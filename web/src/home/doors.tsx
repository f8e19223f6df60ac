/** Three ways to a first chart, for who has no channel yet. */

import type { ComponentChildren } from "preact";
import { API, BOARDS, post } from "../api/client";
import type { Detail, NewChannel } from "../api/contract";
import { go } from "../router/router";
import { Refused, type Sending, useSending } from "../ui/form";
import { BoardsIcon, BringIcon, PlugIcon } from "../ui/icons";

/** What most first boards measure. */
export const FIRST_CHANNEL: NewChannel = { name: "My board", fields: ["Temperature (°C)", "Humidity (%)"] };

export function Doors() {
  const boards = useSending();
  const connect = useSending();
  return (
    <ul class="doors">
      <Door
        lead
        icon={<BoardsIcon />}
        name="Try it with virtual boards"
        sending={boards}
        onOpen={async () => {
          await post(`${BOARDS}/start`);
          go("/boards");
        }}
      >
        A sensor board and a display board on your screen. They post for real: press a button, watch a chart move.
      </Door>
      <Door
        icon={<PlugIcon />}
        name="Connect my board"
        sending={connect}
        onOpen={async () => {
          const { id } = await post<Detail>(`${API}/channels`, FIRST_CHANNEL);
          go(`/channels/${id}/connect`);
        }}
        also={<a href="/new">Choose its name and fields first</a>}
      >
        Makes a channel for temperature and humidity, and shows the code for your board with everything filled in.
      </Door>
      <Door icon={<BringIcon />} name="Bring my ThingSpeak channel" href="/import">
        Takes the file that you exported there, with all its entries and their times.
      </Door>
    </ul>
  );
}

type DoorProps = {
  name: string;
  icon: ComponentChildren;
  children: ComponentChildren;
  lead?: boolean;
  also?: ComponentChildren;
} & ({ href: string } | { sending: Sending; onOpen: () => Promise<void> });

function Door({ name, icon, children, lead, also, ...way }: DoorProps) {
  return (
    <li class="panel door" data-lead={lead}>
      <span class="door-icon">{icon}</span>
      {"href" in way ? (
        <a class="door-name" href={way.href}>
          {name}
        </a>
      ) : (
        <button
          type="button"
          class="door-name"
          aria-disabled={way.sending.busy.value}
          onClick={() => void way.sending.run(way.onOpen)}
        >
          {name}
        </button>
      )}
      <p class="door-text">{children}</p>
      {also ? <p class="door-also">{also}</p> : null}
      {"href" in way ? null : <Refused>{way.sending.problem}</Refused>}
    </li>
  );
}
