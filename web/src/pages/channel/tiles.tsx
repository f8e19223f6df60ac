/** The newest value of each field, big; where it is going, and how far it went today. */

import { useComputed } from "@preact/signals";
import { spans, withUnit } from "../../charts/reading";
import { now } from "../../live/clock";
import { TrendIcon } from "../../ui/icons";
import { shortValue } from "../../ui/value";
import { type FieldView, extremes, heading } from "./fields";
import type { ChannelModel } from "./model";

export function Tiles({ model, fields }: { model: ChannelModel; fields: readonly FieldView[] }) {
  return (
    <ul class="tiles" aria-label="Newest values" data-many={fields.length}>
      {fields.map((field) => (
        <Tile key={field.no} model={model} field={field} />
      ))}
    </ul>
  );
}

function Tile({ model, field }: { model: ChannelModel; field: FieldView }) {
  const { no, kind, measure, line } = field;
  const text = useNewestText(model, no);
  const isOn = kind === "switch" && text.value !== null && Number(text.value) === 1;
  const value = text.value === null ? "–" : kind === "switch" ? (isOn ? "On" : "Off") : kind === "text" ? text.value : shortValue(text.value);
  return (
    <li class="tile" data-kind={kind} data-on={isOn} data-testid={`tile-${no}`} style={{ "--series": `var(${line.colour})` }}>
      <h2>{measure.name}</h2>
      <p class="tile-value" title={text.value ?? undefined}>
        {value}
        {measure.unit && text.value !== null ? <span> {measure.unit}</span> : null}
      </p>
      {kind === "line" ? <Course model={model} field={field} /> : null}
      {kind === "switch" ? <Since model={model} field={field} /> : null}
    </li>
  );
}

/** The newest text of a field, as it was sent: of the newest entry that speaks of it. */
function useNewestText(model: ChannelModel, no: number) {
  return useComputed(() => {
    const said = model.newest.value?.fields[no];
    if (said !== undefined) return said;
    void model.today.version.value;
    void model.history.version.value;
    if (model.texts.value[no] !== undefined) return model.texts.value[no];
    for (const history of [model.today, model.history]) {
      const at = history.valueAt(no, history.length - 1);
      if (at >= 0) return String(history.number(no, at));
    }
    return null;
  });
}

function Course({ model, field: { measure } }: { model: ChannelModel; field: FieldView }) {
  const { today, clock } = model;
  const said = useComputed(() => {
    void today.version.value;
    const time = now.value / 1000;
    return { way: heading(today, measure, time), day: extremes(today, measure.field, clock.midnight(time)) };
  });
  const { way, day } = said.value;
  const say = (value: number) => shortValue(value.toFixed(measure.digits));
  return (
    <>
      <p class="tile-way">
        {way ? (
          <>
            <TrendIcon way={way} /> {way}
          </>
        ) : (
          "\u00a0"
        )}
      </p>
      <p class="tile-day">
        {day ? (
          <>
            Today {say(day.low)} <span aria-hidden="true">–</span>
            <span class="hidden">to</span> {withUnit(say(day.high), measure.unit)}
          </>
        ) : (
          "Nothing today"
        )}
      </p>
    </>
  );
}

function Since({ model, field: { no } }: { model: ChannelModel; field: FieldView }) {
  const { today, clock } = model;
  const words = useComputed(() => {
    void today.version.value;
    const at = today.valueAt(no, today.length - 1);
    if (at < 0) return "";
    const on = today.number(no, at) === 1;
    let first = at;
    for (let before = at; before >= 0 && (Number.isNaN(today.number(no, before)) || (today.number(no, before) === 1) === on); before -= 1) {
      if (!Number.isNaN(today.number(no, before))) first = before;
    }
    const midnight = clock.midnight(now.value / 1000);
    const times = spans(today, no, now.value / 1000).filter(([from]) => from >= midnight).length;
    const since = first > 0 ? `since ${clock.minute(today.time(first))}` : "for a day or more";
    return times > 0 ? `${since} · on ${times === 1 ? "once" : `${times} times`} today` : since;
  });
  return <p class="tile-day">{words.value}</p>;
}
