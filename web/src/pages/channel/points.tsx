/** What the charts show as a table: each point a row, newest first. */

import { useSignal } from "@preact/signals";
import { DataTable } from "../../charts/table";
import type { FieldView } from "./fields";
import type { ChannelModel } from "./model";

const PAGE = 100;

export function PointTable({ model, fields }: { model: ChannelModel; fields: readonly FieldView[] }) {
  const shown = useSignal(PAGE);
  const { history, clock } = model;
  void history.version.value;
  const [from, until] = model.window();
  const last = history.indexAt(until);
  const first = Math.max(0, history.indexAt(from - 0.001) + 1);
  const count = Math.max(0, last - first + 1);
  const rows = Array.from({ length: Math.min(shown.value, count) }, (_, back) => {
    const index = last - back;
    return { key: history.time(index), cells: [clock.stamp(history.time(index)), ...fields.map((field) => cell(model, field, index))] };
  });
  const each = history.resolution > 0 ? "point" : "entry";
  return (
    <DataTable
      label="What the charts show"
      caption={`${count === 0 ? "Nothing" : `The newest ${rows.length} of ${count}`} in this stretch. Each row is one ${each}${history.resolution > 0 ? ", with the lowest and highest in it" : ""}.`}
      head={["Time", ...fields.map(({ measure }) => (measure.unit ? `${measure.name}, ${measure.unit}` : measure.name))]}
      rows={rows}
    >
      {rows.length < count ? (
        <p class="more">
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (shown.value += PAGE)}>
            Show earlier
          </button>
        </p>
      ) : null}
    </DataTable>
  );
}

function cell({ history }: ChannelModel, { no, kind, measure }: FieldView, index: number): string | null {
  const value = history.number(no, index);
  if (Number.isNaN(value)) return null;
  if (kind === "switch") return value === 1 ? "on" : "off";
  const [low, high] = [history.low(no, index), history.high(no, index)].map((each) => each.toFixed(measure.digits));
  const said = value.toFixed(measure.digits);
  return low === high ? said : `${said} (${low} – ${high})`;
}
