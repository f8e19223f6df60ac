/** The newest statuses of a channel, newest first; the list goes on by itself. */

import type { components } from "../api/thingspeak";
import { render } from "preact";
import type { Params } from "./address";
import { follow } from "./follow";
import { type Zone, zoneOf } from "./options";
import { inkOn, wear } from "./paint";
import { rarely } from "./rarely";
import { type Feed, read } from "./read";
import { said } from "./words";

type Status = components["schemas"]["Status"];

export async function showStatuses(root: HTMLElement, channel: number, params: Params): Promise<void> {
  wear(inkOn(params.colour("bgcolor") ?? "#ffffff"));
  const zone = zoneOf(params);
  const head = () => read<Feed>(channel, "feeds.json", new URLSearchParams([...params.query(), ["results", "0"]]));
  const list = () => read<Status[]>(channel, "status/recent.json", params.query());
  const [first, statuses] = await Promise.all([head(), list()]);
  const { name } = first.channel;
  let known = first.channel.last_entry_id ?? 0;
  document.title = `Statuses of ${name}`;
  const draw = (statuses: readonly Status[]) => render(<List {...{ name, statuses, zone }} />, root);
  draw(statuses);
  const again = rarely(1_000, async () => {
    const now = await Promise.all([head(), list()]).catch(() => null);
    if (now === null) return;
    known = now[0].channel.last_entry_id ?? 0;
    draw(now[1]);
  });
  follow({ channel, key: params.key, every: 15_000, known: () => known, entry: again, stale: again });
}

function List({ name, statuses, zone }: { name: string; statuses: readonly Status[]; zone: Zone }) {
  return (
    <>
      <h1>{name}</h1>
      {statuses.length === 0 && <p class="age">No status among the newest entries</p>}
      <ol class="statuses" tabIndex={0} aria-label="Statuses, newest first">
        {statuses.map(({ status, created_at, entry_id }) => (
          <li key={entry_id}>
            <span>{status}</span>
            <time dateTime={created_at}>{said(Date.parse(created_at) / 1000, zone)}</time>
          </li>
        ))}
      </ol>
    </>
  );
}
