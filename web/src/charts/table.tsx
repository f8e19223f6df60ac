/** The newest entries as a table: the charts for those who would rather read. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Demo } from "../live/demo";
import { timeOfDay } from "../ui/words";

const ROWS = 50;

export function EntryTable({ demo }: { demo: Demo }) {
  return <AsTable>{() => <Rows demo={demo} />}</AsTable>;
}

/** A table that is made when somebody opens it. */
export function AsTable({ children }: { children: () => ComponentChildren }) {
  const open = useSignal(false);
  return (
    <details
      class="entries"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>The same as a table</summary>
      {open.value ? children() : null}
    </details>
  );
}

function Rows({ demo }: { demo: Demo }) {
  const { series, id } = demo.readings;
  void series.version.value;
  const count = Math.min(ROWS, series.length);
  const rows = Array.from({ length: count }, (_, back) => series.row(series.length - 1 - back));
  return (
    <DataTable
      label={`Newest entries of channel ${id}`}
      caption={`The newest ${count} entries of channel ${id}`}
      head={["Time", "Entry", "Temperature, °C", "Humidity, %"]}
      rows={rows.map(({ id, time, texts }) => ({ key: id, cells: [timeOfDay(time), id, texts[0], texts[1]] }))}
    />
  );
}

type Cell = ComponentChildren;

type DataTableProps = {
  /** Names the table for those who come to it by key. */
  label: string;
  caption: string;
  head: readonly ComponentChildren[];
  /** The first cell names the row. */
  rows: readonly { key: string | number; cells: readonly Cell[]; selected?: boolean }[];
  /** Below the rows, within what scrolls. */
  children?: ComponentChildren;
};

export function DataTable({ label, caption, head, rows, children }: DataTableProps) {
  return (
    <div class="entries-scroll" role="region" aria-label={label} tabIndex={0}>
      <table data-testid="entries">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((name, index) => (
              <th key={index} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [first, ...others], selected }) => (
            <tr key={key} data-selected={selected}>
              <th scope="row">{first}</th>
              {others.map((cell, index) => (
                <td key={index}>{cell ?? "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {children}
    </div>
  );
}
