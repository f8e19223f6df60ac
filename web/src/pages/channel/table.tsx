/** A channel's entries as they were sent, newest first. */

import { useEffect, useState } from "preact/hooks";
import { withAccess } from "../../api/access";
import { API } from "../../api/client";
import type { Detail, Entry } from "../../api/contract";
import { DataTable } from "../../charts/table";
import { place, setQuery } from "../../router/router";
import { Entries } from "./entries";
import type { ChannelModel } from "./model";

export function TableTab({ model, detail }: { model: ChannelModel; detail: Detail }) {
  const [entries] = useState(() => new Entries(model));
  useEffect(() => {
    void entries.load();
    return entries.follow();
  }, [entries]);
  const list = entries.list.value;
  const columns = columnsOf(detail, list);
  const { clock } = model;
  const file = withAccess(`${API}/channels/${detail.id}/entries.csv`);
  const channels = place.value.query.get("times") === "channel";
  return (
    <section class="panel sheet table-sheet" aria-labelledby="table-title">
      <header class="sheet-head">
        <h2 id="table-title">Entries</h2>
        <div class="buttons">
          {detail.timezone ? (
            <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => setQuery({ times: channels ? null : "channel" })}>
              {channels ? "Times where you are" : "Times where the channel is"}
            </button>
          ) : null}
          <a class="button" data-kind="soft" data-size="small" href={file} download={`${detail.name}.csv`}>
            All as CSV
          </a>
        </div>
      </header>
      {list.length === 0 && !entries.busy.value ? (
        <p class="soft">{entries.trouble.value ?? "Nothing has come yet. The first entry appears here by itself."}</p>
      ) : (
        <DataTable
          label="Entries, newest first"
          caption={`The newest ${list.length.toLocaleString("en-GB")} entries. Times are in ${clock.zone}.`}
          head={["Time", "Entry", ...columns.map(({ name }) => name)]}
          rows={list.map((entry) => ({
            key: entry.entry_id,
            cells: [clock.stamp(entry.created_at / 1000), entry.entry_id, ...columns.map(({ of }) => of(entry))],
          }))}
        >
          {entries.more.value ? (
            <p class="more">
              <button type="button" class="button" data-kind="soft" aria-disabled={entries.busy.value} onClick={() => void entries.load()}>
                Load more
              </button>
            </p>
          ) : null}
        </DataTable>
      )}
      <p role="alert" class="charts-trouble">
        {list.length > 0 ? entries.trouble.value : null}
      </p>
    </section>
  );
}

type Column = { name: string; of: (entry: Entry) => string | undefined };

/** The channel's fields, and of status and place those that any entry has. */
function columnsOf(detail: Detail, entries: readonly Entry[]): Column[] {
  const fields = detail.fields.map(({ no, label }) => ({ name: label, of: (entry: Entry) => entry.fields[no] }));
  const others = (["status", "latitude", "longitude", "elevation"] as const)
    .filter((name) => entries.some((entry) => entry[name] !== undefined))
    .map((name) => ({ name: name[0]!.toUpperCase() + name.slice(1), of: (entry: Entry) => entry[name] }));
  return [...fields, ...others];
}
