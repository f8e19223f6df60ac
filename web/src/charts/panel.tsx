/** Temperature, humidity and the LED command over one common stretch of time. */

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Series } from "../live/series";
import { now } from "../live/clock";
import type { Demo } from "../live/demo";
import { timeOfDay, timeZone } from "../ui/words";
import { AXIS, Chart } from "./chart";
import { type Measure, summary } from "./reading";
import { EntryTable } from "./table";
import { Spoken, Track } from "./track";
import { PERIODS, View } from "./view";

const TEMPERATURE: Measure = { field: 0, name: "Temperature", unit: "°C", digits: 1, span: 3, steady: 0.3 };
const HUMIDITY: Measure = { field: 1, name: "Humidity", unit: "%", digits: 1, span: 10, steady: 1 };
const COMMAND: Measure = { field: 0, name: "LED command", unit: "", digits: 0, span: 1, steady: 1 };

export function ChartPanel({ demo }: { demo: Demo }) {
  const [view] = useState(() => new View());
  const period = view.period.value;
  const readings = demo.readings.series;
  const command = demo.command.series;
  return (
    <section class="panel charts" aria-labelledby="charts-title">
      <header class="charts-head">
        <h2 id="charts-title">What the channels hold</h2>
        <fieldset class="periods">
          <legend class="hidden">How much to show</legend>
          {PERIODS.map((each) => (
            <label key={each.seconds}>
              <input
                type="radio"
                name="period"
                checked={each === period}
                onChange={() => {
                  view.period.value = each;
                }}
              />
              <span>{each.short}</span>
            </label>
          ))}
        </fieldset>
      </header>

      <FieldTrack
        id="temperature"
        series={readings}
        measure={TEMPERATURE}
        view={view}
        show={(text) => text}
        chart={{ kind: "line", colour: "--temperature", height: 156, axis: false, testId: "chart-temperature" }}
      />
      <FieldTrack
        id="humidity"
        series={readings}
        measure={HUMIDITY}
        view={view}
        show={(text) => text}
        chart={{ kind: "line", colour: "--humidity", height: 156, axis: false, testId: "chart-humidity" }}
      />
      <FieldTrack
        id="command"
        series={command}
        measure={COMMAND}
        view={view}
        show={(text) => (text === "1" ? "on" : "off")}
        chart={{ kind: "bar", colour: "--led", height: 52 + AXIS, axis: true, testId: "chart-command" }}
      />
      <Spoken view={view} say={(time) => spoken(readings, command, time)} />

      <EntryTable demo={demo} />
      <p class="charts-foot">Times are in {timeZone()}.</p>
    </section>
  );
}

type TrackProps = {
  id: string;
  series: Series;
  measure: Measure;
  view: View;
  show: (text: string) => string;
  chart: { kind: "line" | "bar"; colour: string; height: number; axis: boolean; testId: string };
};

function FieldTrack({ id, series, measure, view, show, chart }: TrackProps) {
  const row = useComputed(() => {
    void series.version.value;
    const index = view.pointed.value === null ? series.length - 1 : Math.max(0, series.indexAt(view.pointed.value));
    return index >= 0 && index < series.length ? series.row(index) : null;
  });
  const said = useComputed(() => {
    void series.version.value;
    const { seconds, words } = view.period.value;
    return chart.kind === "line" ? summary(series, measure, { from: now.value / 1000 - seconds, words: `Last ${words}` }) : commands(series);
  });
  const text = row.value?.texts[measure.field] ?? null;
  return (
    <Track
      id={id}
      name={measure.name}
      colour={chart.colour}
      kind={chart.kind}
      value={text === null ? "–" : show(text)}
      unit={measure.unit}
      entry={row.value ? `entry ${row.value.id}, ${timeOfDay(row.value.time)}` : "no entry yet"}
      summary={said.value}
    >
      <Chart
        kind={chart.kind}
        height={chart.height}
        axis={chart.axis}
        testId={chart.testId}
        data={series}
        lines={[{ measure, colour: chart.colour }]}
        view={view}
        label={`${measure.name} over time`}
        describedBy={`${id}-summary`}
      />
    </Track>
  );
}

function commands(series: Series): string {
  const last = series.length - 1;
  if (last < 0) return "No command yet.";
  const on = series.number(0, last) === 1;
  let first = last;
  while (first > 0 && (series.number(0, first - 1) === 1) === on) first -= 1;
  const since = first > 0 ? `since ${timeOfDay(series.time(first))}` : "for as long as is kept here";
  return `${on ? "On" : "Off"} ${since}.`;
}

function spoken(readings: Series, command: Series, time: number): string {
  const [reading, order] = [readings.indexAt(time), command.indexAt(time)];
  if (reading < 0) return timeOfDay(time);
  const [temperature, humidity] = readings.row(reading).texts;
  const led = order < 0 ? "" : `, LED ${command.text(0, order) === "1" ? "on" : "off"}`;
  return `${timeOfDay(time)}: ${temperature ?? "no"} °C, ${humidity ?? "no"} %${led}.`;
}
