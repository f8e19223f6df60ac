/** The charts of a channel's fields: one for each below each other, or all in one. */

import { useComputed } from "@preact/signals";
import { AXIS, Chart, type ChartProps } from "../../charts/chart";
import { outline } from "../../charts/paint";
import { spans, summary, withUnit } from "../../charts/reading";
import { Spoken, Track } from "../../charts/track";
import { place, setQuery } from "../../router/router";
import { amongOthers, type FieldView } from "./fields";
import type { ChannelModel } from "./model";
import { usePhone } from "../../ui/phone";

type Props = { model: ChannelModel; fields: readonly FieldView[]; onPick: NonNullable<ChartProps["onPick"]> };

export function EachItsOwn({ model, fields, onPick }: Props) {
  const phone = usePhone();
  const drawn = fields.filter(({ kind }) => kind !== "none");
  return (
    <>
      {fields.map((field) => (
        <FieldTrack key={field.no} model={model} field={field} axis={phone || field === drawn.at(-1)} phone={phone} onPick={onPick} />
      ))}
      <Spoken view={model} say={(time) => spoken(model, drawn, time)} />
    </>
  );
}

type TrackProps = { model: ChannelModel; field: FieldView; axis: boolean; phone: boolean; onPick: Props["onPick"] };

function FieldTrack({ model, field, axis, phone, onPick }: TrackProps) {
  const { no, kind, measure, line } = field;
  const shown = usePointed(model, field);
  const said = useSummary(model, field);
  const id = `field${no}`;
  const bar = kind === "switch";
  const height = (bar ? 52 : phone ? 180 : 156) + (axis && !(phone && !bar) ? AXIS : 0);
  return (
    <Track
      id={id}
      name={measure.name}
      colour={line.colour}
      kind={bar ? "bar" : "line"}
      value={shown.value.value}
      unit={shown.value.unit}
      entry={shown.value.when}
      summary={said.value}
    >
      {kind === "none" ? (
        <p class="track-nothing">Nothing in this stretch.</p>
      ) : (
        <Chart
          key={`${kind} ${measure.unit} ${model.zone.value} ${height}`}
          kind={bar ? "bar" : "line"}
          height={height}
          axis={axis}
          data={model.history}
          lines={[line]}
          view={model}
          zoom={model.zoom}
          onPick={onPick}
          zone={model.zone.value}
          label={`${measure.name} over time`}
          describedBy={`${id}-summary`}
          testId={`chart-${no}`}
        />
      )}
    </Track>
  );
}

/** With more lines than this, bands are faint. */
const FEW = 2;

export function AllInOne({ model, fields, onPick }: Props) {
  const phone = usePhone();
  const hidden = new Set((place.value.query.get("without") ?? "").split(",").map(Number));
  const seen = fields.filter(({ no }) => !hidden.has(no));
  const lineOf = ({ line, kind }: FieldView) => ({ ...amongOthers(kind === "switch" ? asSteps(line) : line), faint: seen.length > FEW });
  const lines = seen.map(lineOf);
  const key = lines.map(({ measure }) => `${measure.field} ${measure.unit}`).join();
  const turn = (no: number) => {
    const without = fields.map((field) => field.no).filter((each) => (each === no) !== hidden.has(each));
    // The last one stays.
    if (without.length < fields.length) setQuery({ without: without.join(",") || null });
  };
  return (
    <figure class="together" aria-label="All fields">
      <figcaption>
        <ul class="legend" aria-label="Fields on the chart">
          {fields.map((field) => (
            <Named
              key={field.no}
              model={model}
              field={field}
              line={lineOf(field)}
              shown={!hidden.has(field.no)}
              onTurn={() => turn(field.no)}
            />
          ))}
        </ul>
      </figcaption>
      <Chart
        key={`${key} ${model.zone.value} ${phone}`}
        kind="line"
        height={phone ? 280 : 400}
        axis
        data={model.history}
        lines={lines}
        view={model}
        zoom={model.zoom}
          onPick={onPick}
        zone={model.zone.value}
        label={`${seen.map(({ measure }) => measure.name).join(", ")} over time`}
        describedBy="together-summary"
        testId="chart-all"
      />
      <div class="together-said" id="together-summary">
        {seen.map((field) => (
          <Summary key={field.no} model={model} field={field} />
        ))}
      </div>
      <Spoken view={model} say={(time) => spoken(model, seen, time)} />
    </figure>
  );
}

/** On and off among lines: steps on a scale of their own, on which on is high. */
function asSteps(line: FieldView["line"]): FieldView["line"] {
  return { ...line, steps: true, measure: { ...line.measure, unit: "\u00a0", span: 1.4 } };
}

function Summary({ model, field }: { model: ChannelModel; field: FieldView }) {
  const said = useSummary(model, field);
  return (
    <p>
      <strong>{field.measure.name}.</strong> {said.value}
    </p>
  );
}

type NamedProps = { model: ChannelModel; field: FieldView; line: FieldView["line"]; shown: boolean; onTurn: () => void };

/** A line's name with a piece of the line itself; takes it off the chart and puts it back. */
function Named({ model, field, line, shown, onTurn }: NamedProps) {
  const now = usePointed(model, field);
  return (
    <li style={{ "--series": `var(${line.colour})` }}>
      <button type="button" aria-pressed={shown} onClick={onTurn}>
        <svg class="legend-line" viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">
          <path d="M1 8H43" stroke-dasharray={line.dash?.join(" ")} />
          <path class="legend-mark" data-mark={line.mark} d={outline(line.mark!, 22, 8, 5)} />
        </svg>
        <span class="legend-name">{field.measure.name}</span>
        <span class="legend-value">{withUnit(now.value.value, now.value.unit)}</span>
      </button>
    </li>
  );
}

/** What a field says at the moment that is pointed at, or now. */
function usePointed(model: ChannelModel, { no, kind, measure }: FieldView) {
  return useComputed(() => {
    const { history, clock } = model;
    void history.version.value;
    const pointed = model.pointed.value;
    const [from, until] = model.window();
    const at = history.valueAt(no, pointed === null ? history.indexAt(until) : Math.max(0, history.indexAt(pointed)));
    if (at < 0 || (pointed === null && history.time(at) < from)) return { value: "–", unit: "", when: "" };
    const value = history.number(no, at);
    const time = history.time(at);
    const when = (until - from > 86_400 ? clock.full : clock.time)(time);
    const [low, high] = [history.low(no, at), history.high(no, at)];
    const band = history.resolution > 0 && low < high && kind === "line" ? `, ${low.toFixed(measure.digits)} to ${high.toFixed(measure.digits)}` : "";
    return {
      value: kind === "switch" ? (value === 1 ? "On" : "Off") : value.toFixed(measure.digits),
      unit: measure.unit,
      when: when + (pointed === null ? "" : band),
    };
  });
}

function useSummary(model: ChannelModel, field: FieldView) {
  return useComputed(() => {
    const { history, clock } = model;
    void history.version.value;
    if (field.kind === "none") return "";
    const [from, until] = model.window();
    const { span, stretch } = model.range.value;
    const words = stretch ? "In this stretch" : span.words;
    const when = (time: number) => (until - from > 2 * 86_400 ? `on ${clock.day(time)}` : `at ${clock.minute(time)}`);
    if (field.kind === "switch") return switched(model, field.no, words, [from, until]);
    return summary(history, field.measure, { from, until, words, when, live: stretch === null });
  });
}

/** "Last 24 hours: on 3 times, 42 min in all." */
function switched({ history }: ChannelModel, no: number, words: string, [from, until]: [number, number]): string {
  const on = spans(history, no, until).flatMap(([start, end]) => (end > from && start < until ? [Math.min(end, until) - Math.max(start, from)] : []));
  if (on.length === 0) return `${words}: off all the time.`;
  const share = Math.round((on.reduce((sum, each) => sum + each, 0) / (until - from)) * 100);
  const often = on.length === 1 ? "once" : on.length === 2 ? "twice" : `${on.length} times`;
  return `${words}: on ${often}, ${share < 1 ? "less than 1" : share}\u00a0% of the time.`;
}

function spoken(model: ChannelModel, fields: readonly FieldView[], time: number): string {
  const { history, clock } = model;
  const at = history.indexAt(time);
  if (at < 0) return clock.full(time);
  const values = fields.map(({ no, kind, measure }) => {
    const value = history.number(no, history.valueAt(no, at));
    const said = Number.isNaN(value) ? "nothing" : kind === "switch" ? (value === 1 ? "on" : "off") : withUnit(value.toFixed(measure.digits), measure.unit);
    return `${measure.name} ${said}`;
  });
  return `${clock.full(history.time(at))}: ${values.join(", ")}.`;
}
