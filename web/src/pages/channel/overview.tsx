/** Tiles and charts; while nothing has come yet, how to make something come. */

import { useComputed } from "@preact/signals";
import type { Detail } from "../../api/contract";
import { AsTable } from "../../charts/table";
import { place, setQuery } from "../../router/router";
import { server } from "../../session";
import { duration } from "../../ui/words";
import { ConnectPanel } from "../connect";
import { viewFields } from "./fields";
import type { ChannelModel } from "./model";
import { Custom, RangePicker, RangeTitle } from "./range-picker";
import { PointTable } from "./points";
import { Texts } from "./texts";
import { Tiles } from "./tiles";
import { AllInOne, EachItsOwn } from "./tracks";

export function Overview({ model, detail }: { model: ChannelModel; detail: Detail }) {
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
          <AllInOne model={model} fields={drawn} />
        ) : (
          <EachItsOwn model={model} fields={fields.value.filter(({ kind }) => kind !== "text")} />
        )}
        {texts.map((field) => (
          <Texts key={field.no} model={model} field={field} />
        ))}
        <AsTable>{() => <PointTable model={model} fields={drawn} />}</AsTable>
        <footer class="charts-notes">
          <p>
            <Resolution model={model} /> Times are in {model.clock.zone}
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

/** What a point on the charts stands for. */
function Resolution({ model }: { model: ChannelModel }) {
  void model.history.version.value;
  const { resolution, entries } = model.history;
  const count = `${entries.toLocaleString("en-GB")} ${entries === 1 ? "entry" : "entries"}`;
  return (
    <span data-testid="resolution">
      {resolution > 0
        ? `${count}: each point = ${duration(resolution)}, band = lowest to highest.`
        : `${count}: each is a point.`}
    </span>
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

