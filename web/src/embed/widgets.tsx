/** The newest value of a field as a gauge, a number or a lamp, with how old it is; it goes on by itself. */

import { render } from "preact";
import { ago } from "../ui/words";
import type { Params, Place } from "./address";
import { rarely } from "./rarely";
import { follow } from "./follow";
import { bandsOf, Gauge, type GaugeOptions } from "./gauge";
import { CONDITIONS, holds, Lamp } from "./lamp";
import { zoneOf } from "./options";
import { inkOn, wear } from "./paint";
import { numberOf, type Row } from "./points";
import { type Feed, labelOf, No, read } from "./read";
import { said } from "./words";

type WidgetPlace = Extract<Place, { kind: "widget" }>;

export async function showWidget(root: HTMLElement, { channel, widget, stored }: WidgetPlace, params: Params): Promise<void> {
  wear(inkOn(params.colour("bgcolor") ?? "#ffffff"));
  if (params.text("field") !== null && params.count("field", 1, 8) === null) throw new No("Fields have numbers from 1 to 8: field=1");
  const field = params.count("field", 1, 8) ?? 1;
  const key = params.query();
  const head = () => read<Feed>(channel, `fields/${field}.json`, new URLSearchParams([...key, ["results", "0"]]));
  const newest = () => read<Row | "-1">(channel, `fields/${field}/last.json`, key);

  const [first, last] = await Promise.all([head(), newest()]);
  const label = params.text("title") ?? labelOf(first.channel, field);
  document.title = `${label} · ${first.channel.name}`;
  let known = first.channel.last_entry_id ?? 0;
  let row: Row | null = last === "-1" ? null : last;
  const draw = () => render(<Show {...{ widget, stored, label, row, field, params }} />, root);
  draw();
  setInterval(draw, 1_000);
  if (params.text("dynamic")?.toLowerCase() === "false") return;
  follow({
    channel,
    key: params.key,
    every: (params.count("update", 1, 86_400) ?? 15) * 1_000,
    known: () => known,
    entry: (entry) => {
      known = entry.entry_id ?? known;
      const value = entry[`field${field}`];
      if (value === null || value === undefined) return;
      row = entry;
      draw();
    },
    stale: rarely(1_000, async () => {
      const now = await Promise.all([head(), newest()]).catch(() => null);
      if (now === null) return;
      known = now[0].channel.last_entry_id ?? 0;
      row = now[1] === "-1" ? null : now[1];
      draw();
    }),
  });
}

type Shown = { widget: WidgetPlace["widget"]; stored: boolean; label: string; row: Row | null; field: number; params: Params };

function Show({ widget, stored, label, row, field, params }: Shown) {
  const raw = row === null ? null : String(row[`field${field}`] ?? "");
  const units = params.text("units") ?? "";
  const text = raw === null ? "–" : written(raw, params);
  const seconds = row === null ? null : Date.parse(row.created_at) / 1000;
  const lamp = widget === "lamp" ? lampOf(raw, params) : null;
  const spoken = raw === null ? "no value yet" : lamp ? `${lamp.on ? "on" : "off"}, ${text} ${units}` : `${text} ${units}`;
  return (
    <>
      <h1>{label}</h1>
      <p class="unseen" role="status">
        {`${label}: ${spoken}`}
      </p>
      {widget === "gauge" && <Gauge value={numberOf(raw)} text={text} units={units} options={gaugeOf(params)} />}
      {widget === "number" && (
        <p class="number" aria-hidden="true" style={{ color: params.colour("color") ?? "" }}>
          <b style={{ fontSize: `min(34vh, ${Math.floor(120 / Math.max(4, text.length + units.length * 0.5))}vw, 9rem)` }}>{text}</b>
          <span>{units}</span>
        </p>
      )}
      {lamp && <Lamp {...lamp} />}
      <p class="age" title={seconds === null ? "" : said(seconds, zoneOf(params))}>
        {seconds === null ? "No value yet" : `${lamp ? `${lamp.on ? "On" : "Off"} · ` : ""}${ago(Date.now() / 1000 - seconds)}`}
      </p>
      {stored && <p class="note">This widget was set up on ThingSpeak. Here its address says what it shows: widgets/gauge?field=1&amp;min=0&amp;max=40</p>}
    </>
  );
}

/** A value as it is to be written: as sent, rounded, whole, or as a text. */
export function written(raw: string, params: Params): string {
  const value = numberOf(raw);
  if (value === null || params.one("type", "text") !== null) return raw;
  const digits = params.count("digits", 0, 10) ?? params.count("round", 0, 10);
  if (params.one("type", "integer") !== null) return value.toFixed(0);
  return digits === null ? raw : value.toFixed(digits);
}

function gaugeOf(params: Params): GaugeOptions {
  const [min, max] = [params.number("min") ?? 0, params.number("max") ?? 100];
  return {
    ...(min < max ? { min, max } : { min: 0, max: 100 }),
    tick: params.number("tick"),
    bands: bandsOf(params.text("ranges")),
    color: params.colour("color") ?? "#d62020",
  };
}

function lampOf(raw: string | null, params: Params): { on: boolean; color: string } {
  const on = raw !== null && holds(raw, params.one("condition", ...CONDITIONS) ?? "above", params.text("value") ?? "0");
  return { on, color: params.colour("color") ?? "#f2a60c" };
}
