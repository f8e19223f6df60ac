/** A field that holds words rather than numbers: the newest of them, with their times. */

import { useEffect, useState } from "preact/hooks";
import { Entries } from "./entries";
import type { FieldView } from "./fields";
import type { ChannelModel } from "./model";

const SHOWN = 12;

export function Texts({ model, field: { no, measure, line } }: { model: ChannelModel; field: FieldView }) {
  const [entries] = useState(() => new Entries(model));
  useEffect(() => {
    void entries.load();
    return entries.follow();
  }, [entries]);
  const said = entries.list.value.filter(({ fields }) => fields[no] !== undefined).slice(0, SHOWN);
  return (
    <section class="texts" style={{ "--series": `var(${line.colour})` }} aria-labelledby={`texts-${no}`}>
      <h3 id={`texts-${no}`}>{measure.name}</h3>
      <ol data-testid={`texts-${no}`}>
        {said.map(({ entry_id, created_at, fields }) => (
          <li key={entry_id}>
            <time dateTime={new Date(created_at).toISOString()}>{model.clock.full(created_at / 1000)}</time>
            <span>{fields[no]}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
