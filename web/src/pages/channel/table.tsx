/** A channel's entries as they were sent, newest first; who may change the channel can correct them here. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { withAccess } from "../../api/access";
import { API } from "../../api/client";
import type { Detail, Entry } from "../../api/contract";
import { DataTable } from "../../charts/table";
import { place, setQuery } from "../../router/router";
import { Dialog } from "../../ui/dialog";
import type { Corrections } from "./corrections";
import { DeleteSelected, DeleteStretch } from "./deletions";
import { Entries } from "./entries";
import { EntryForm } from "./entry-form";
import type { ChannelModel } from "./model";

type Props = { model: ChannelModel; detail: Detail; corrections: Corrections };

export function TableTab({ model, detail, corrections }: Props) {
  const [entries] = useState(() => new Entries(model));
  const selected = useSignal<ReadonlySet<number>>(new Set());
  const edited = useSignal<Entry | null>(null);
  useEffect(() => {
    void entries.load();
    return entries.follow();
  }, [entries]);
  const list = entries.list.value;
  const columns = columnsOf(detail, list);
  const writes = detail.role === "owner" || detail.role === "editor";
  const { clock } = model;
  const time = (entry: Entry) => clock.stamp(entry.created_at / 1000);
  const chosen = list.filter(({ entry_id }) => selected.value.has(entry_id));
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
      {writes && list.length > 0 ? (
        <div class="table-acts">
          <DeleteSelected corrections={corrections} chosen={chosen} onDone={() => void (selected.value = new Set())} />
          {chosen.length === 0 ? <DeleteStretch model={model} corrections={corrections} /> : null}
        </div>
      ) : null}
      {list.length === 0 && !entries.busy.value ? (
        <p class="soft">{entries.trouble.value ?? "Nothing has come yet. The first entry appears here by itself."}</p>
      ) : (
        <DataTable
          label="Entries, newest first"
          caption={`The newest ${list.length.toLocaleString("en-GB")} entries. Times are in ${clock.zone}.`}
          head={["Time", "Entry", ...columns.map(({ name }) => name), ...(writes ? [<span class="hidden">Correct</span>] : [])]}
          rows={list.map((entry) => ({
            key: entry.entry_id,
            selected: selected.value.has(entry.entry_id),
            cells: [
              writes ? <Chosen entry={entry} list={list} selected={selected} time={time(entry)} /> : time(entry),
              entry.entry_id,
              ...columns.map(({ of }) => of(entry)),
              ...(writes ? [<EditButton entry={entry} edited={edited} />] : []),
            ],
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
      {edited.value ? <Edit model={model} detail={detail} corrections={corrections} entry={edited.value} onClose={() => void (edited.value = null)} /> : null}
    </section>
  );
}

type ChosenProps = { entry: Entry; list: readonly Entry[]; selected: Signal<ReadonlySet<number>>; time: string };

/** Chooses an entry; with Shift, all from the one that was chosen last. */
function Chosen({ entry: { entry_id: id }, list, selected, time }: ChosenProps) {
  const shift = useRef(false);
  return (
    <label class="chosen">
      <input
        type="checkbox"
        checked={selected.value.has(id)}
        onClick={(event) => void (shift.current = event.shiftKey)}
        onChange={(event) => {
          const now = new Set(selected.peek());
          const on = event.currentTarget.checked;
          const ids = list.map(({ entry_id }) => entry_id);
          const last = [...now].at(-1);
          const [here, there] = [ids.indexOf(id), last === undefined || !shift.current ? ids.indexOf(id) : ids.indexOf(last)];
          for (const each of ids.slice(Math.min(here, there), Math.max(here, there) + 1)) on ? now.add(each) : now.delete(each);
          selected.value = now;
        }}
      />
      <span>{time}</span>
    </label>
  );
}

function EditButton({ entry, edited }: { entry: Entry; edited: Signal<Entry | null> }) {
  return (
    <button type="button" class="link" onClick={() => void (edited.value = entry)}>
      Edit<span class="hidden"> entry {entry.entry_id}</span>
    </button>
  );
}

function Edit({ model, detail, corrections, entry, onClose }: Props & { entry: Entry; onClose: () => void }) {
  return (
    <Dialog title={`Entry ${entry.entry_id.toLocaleString("en-GB")}`} onClose={onClose}>
      <EntryForm model={model} detail={detail} corrections={corrections} entry={entry} onDone={onClose} />
    </Dialog>
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
