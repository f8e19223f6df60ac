/** Tiles and charts; while nothing has come yet, how to make something come. */

import { useComputed, useSignal } from "@preact/signals";
import type { Detail } from "../../api/contract";
import { Strip } from "../../charts/strip";
import { AsTable } from "../../charts/table";
import { place, setQuery } from "../../router/router";
import { server } from "../../session";
import { count, duration } from "../../ui/words";
import { ConnectPanel } from "../connect";
import type { Corrections } from "./corrections";
import { EntryCard, type Picked, pickedOf } from "./entry-card";
import { type FieldView, viewFields } from "./fields";
import type { ChannelModel } from "./model";
import { Custom, RangePicker, RangeTitle } from "./range-picker";
import { PointTable } from "./points";
import { Texts } from "./texts";
import { Tiles } from "./tiles";
import { AllInOne, EachItsOwn } from "./tracks";

export function Overview({ model, detail, corrections }: { model: ChannelModel; detail: Detail; corrections: Corrections }) {
  const picked = useSignal<Picked | null>(null);
  const pick = (index: number, at: { x: number; y: number }) => {
    picked.value = pickedOf(model.history, index, at);
  };
  const close = () => {
    picked.value = null;
  };
  const fields = useComputed(() => {
    void model.history.version.value;
    void model.today.version.value;
    return viewFields(model.detail.value?.fields ?? [], model.history, model.today, { ...model.texts.value, ...model.newest.value?.fields }, model.measures);
  });
  if (model.newest.value === null) return <Empty detail={detail} />;
  if (!model.ready.value) return <div class="channel-room">{model.trouble.value ? <p role="alert">{model.trouble.value}</p> : null}</div>;
  const drawn = fields.value.filter(({ kind }) => kind === "line" || kind === "switch");
  const texts = fields.value.filter(({ kind }) => kind === "text");
  const together = place.value.query.get("charts") === "one" && drawn.length > 1;
  return (
    <>
      <Tiles model={model} fields={fields.value} />
      <section class="panel charts channel-charts" aria-labelledby="charts-title" aria-busy={model.loading.value}>
        <header class="charts-head">
          <RangeTitle model={model} />
          <RangePicker model={model} />
        </header>
        {model.choosing.value ? <Custom key={String(model.range.value.stretch)} model={model} /> : null}
        {together ? (
          <AllInOne model={model} fields={drawn} onPick={pick} />
        ) : (
          <EachItsOwn model={model} fields={fields.value.filter(({ kind }) => kind !== "text")} onPick={pick} />
        )}
        <History model={model} fields={drawn} wide={together} />
        {texts.map((field) => (
          <Texts key={field.no} model={model} field={field} />
        ))}
        <AsTable>{() => <PointTable model={model} fields={drawn} />}</AsTable>
        <footer class="charts-notes">
          <p>
            <Resolution model={model} fields={drawn} /> Times are in {model.clock.zone}
            {detail.timezone ? <ZoneChoice detail={detail} /> : null}.
          </p>
          {drawn.length > 1 ? (
            <fieldset class="periods">
              <legend class="hidden">How fields are drawn</legend>
              {[
                ["one chart per field", null],
                ["all in one", "one"],
              ].map(([words, value]) => (
                <label key={words}>
                  <input
                    type="radio"
                    name="charts"
                    checked={(value === "one") === together}
                    onChange={() => setQuery({ charts: value ?? null })}
                  />
                  <span>{words}</span>
                </label>
              ))}
            </fieldset>
          ) : null}
        </footer>
        <p class="charts-trouble" role="alert">
          {model.trouble.value}
        </p>
        {picked.value ? (
          <EntryCard key={`${picked.value.time} ${picked.value.id}`} model={model} detail={detail} corrections={corrections} fields={drawn} picked={picked.value} onClose={close} />
        ) : null}
      </section>
    </>
  );
}

function Empty({ detail }: { detail: Detail }) {
  if (detail.role === "owner" || detail.role === "editor") {
    return <ConnectPanel channel={detail} addresses={server.value?.addresses ?? []} />;
  }
  return (
    <section class="panel sheet">
      <h2>Nothing has come yet.</h2>
      <p class="soft">The first value will be drawn here by itself.</p>
    </section>
  );
}

/** The whole history below the charts, once there is more of it than they show. */
function History({ model, fields, wide }: { model: ChannelModel; fields: readonly FieldView[]; wide: boolean }) {
  const field = fields.find(({ kind }) => kind === "line") ?? fields[0];
  if (field === undefined) return null;
  if (model.whole.value === null) return <div class="strip-room" />;
  const { no, measure, line } = field;
  return (
    <Strip whole={model.whole} field={no} name={measure.name} colour={line.colour} view={model} all={model.all()} zoom={model.zoom} clock={model.clock} wide={wide} />
  );
}

/** What a point on the charts stands for, and what is not drawn. */
function Resolution({ model, fields }: { model: ChannelModel; fields: readonly FieldView[] }) {
  void model.history.version.value;
  const { history } = model;
  const { resolution } = history;
  const entries = history.entriesIn(...model.window());
  const all = count(entries, "entry", "entries");
  const hidden = fields.reduce((sum, { no }) => sum + history.hidden(no), 0);
  return (
    <>
      <span data-testid="resolution">
        {resolution > 0
          ? `${all}: each point = ${duration(resolution)}, band = lowest to highest.`
          : `${all}: each is a point.`}
      </span>{" "}
      {hidden > 0 ? (
        <span data-testid="hidden">
          {hidden === 1 ? "1 value outside of the valid range is" : `${hidden.toLocaleString("en-GB")} values outside of the valid range are`} not drawn.{" "}
        </span>
      ) : null}
    </>
  );
}

function ZoneChoice({ detail }: { detail: Detail }) {
  const channels = place.value.query.get("times") === "channel";
  return (
    <>
      {" · "}
      <button type="button" class="link" onClick={() => setQuery({ times: channels ? null : "channel" })}>
        {channels ? "show yours" : `show the channel’s, ${detail.timezone?.replaceAll("_", " ")}`}
      </button>
    </>
  );
}

