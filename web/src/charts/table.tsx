/** The newest entries as a table: the charts for those who would rather read. */

import { useSignal } from "@preact/signals";
import type { Demo } from "../live/demo";
import { timeOfDay } from "../ui/words";

const ROWS = 50;

export function EntryTable({ demo }: { demo: Demo }) {
  const open = useSignal(false);
  return (
    <details
      class="entries"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>The same as a table</summary>
      {open.value ? <Rows demo={demo} /> : null}
    </details>
  );
}

function Rows({ demo }: { demo: Demo }) {
  const { series, id } = demo.readings;
  void series.version.value;
  const count = Math.min(ROWS, series.length);
  const rows = Array.from({ length: count }, (_, back) => series.row(series.length - 1 - back));
  return (
    <div class="entries-scroll" role="region" aria-label={`Newest entries of channel ${id}`} tabIndex={0}>
      <table data-testid="entries">
        <caption>
          The newest {count} entries of channel {id}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Entry</th>
            <th scope="col">Temperature, °C</th>
            <th scope="col">Humidity, %</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id: entry, time, texts }) => (
            <tr key={entry}>
              <th scope="row">{timeOfDay(time)}</th>
              <td>{entry}</td>
              <td>{texts[0] ?? "–"}</td>
              <td>{texts[1] ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
