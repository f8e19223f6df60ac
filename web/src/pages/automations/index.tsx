/** The reader's automations in one list: each a sentence, whether it is on, and how it last went. */

import "../../style/switch.css";
import "../../style/automations.css";
import { useEffect, useState } from "preact/hooks";
import type { Automation } from "../../api/contract";
import { now } from "../../live/clock";
import { live } from "../../live/live";
import { place, setQuery } from "../../router/router";
import { zone } from "../../session";
import { Away } from "../../ui/away";
import { Refused } from "../../ui/form";
import { useBeside } from "../../ui/frame";
import { PlusIcon } from "../../ui/icons";
import { LivePill } from "../../ui/live-pill";
import { Switch } from "../../ui/switch";
import { Title } from "../../ui/title";
import { clock } from "../../ui/words";
import { Automations, channelsOf } from "./automations";
import { RECIPES } from "./recipes";
import { inTime, RunWord, When } from "./run";
import { ThingHttps } from "./thinghttps";
import { sentence } from "./words";

/** Fewer are seen at a glance. */
const MANY = 6;

export default function AutomationsPage() {
  const [automations] = useState(() => new Automations());
  useEffect(() => automations.start(), [automations]);
  useBeside(<Link />, automations);
  const all = automations.all.value;
  if (all === null) return <Away problem={automations.problem.value} title="Automations" />;
  const channel = place.value.query.get("channel");
  const shown = channel === null ? all : all.filter((each) => channelsOf(each).includes(Number(channel)));
  return (
    <>
      <div class="page-head">
        <Title text="Automations" />
        {all.length > 0 ? (
          <a class="button" href={`/automations/new${channel === null ? "" : `?channel=${channel}`}`}>
            <PlusIcon />
            New automation
          </a>
        ) : null}
      </div>
      <Refused>{automations.problem.value}</Refused>
      {all.length === 0 ? <None /> : null}
      {all.length >= MANY || channel !== null ? <Filter automations={automations} all={all} channel={channel} /> : null}
      {all.length > 0 ? (
        <ul class="automations" data-testid="automations">
          {shown.map((automation) => (
            <li key={automation.id}>
              <Card automations={automations} automation={automation} />
            </li>
          ))}
        </ul>
      ) : null}
      {all.length > 0 && shown.length === 0 ? <p class="soft">None of your automations is about this channel.</p> : null}
      <ThingHttps automations={automations} />
    </>
  );
}

function Link() {
  return <LivePill link={live.link.value} />;
}

function Card({ automations, automation }: { automations: Automations; automation: Automation }) {
  const { id, name, enabled, when, action, last_run, next_at } = automation;
  const says = sentence(when, action, automations.names.value);
  return (
    <article class="panel automation" data-testid={`automation-${name}`} data-on={enabled} aria-labelledby={`automation-${id}`}>
      <div class="automation-what">
        <h2 id={`automation-${id}`}>
          <a href={`/automations/${id}`}>{says}</a>
        </h2>
        {name === says ? null : <p class="automation-name">{name}</p>}
        <p class="automation-state">
          {last_run === null ? (
            <span>Has not acted yet</span>
          ) : (
            <span>
              <RunWord run={last_run} /> <When at={last_run.at} zone={zone.value} />
              {last_run.test ? " as a test" : ""}
              {last_run.state === "failed" || last_run.state === "skipped" ? `: ${last_run.says}` : ""}
            </span>
          )}
          {next_at !== null && when.kind === "time" && enabled ? (
            <span title={clock(zone.value).full(next_at / 1_000)}>
              Next {inTime(next_at, now.value)}, {nextWords(next_at)}
            </span>
          ) : null}
        </p>
      </div>
      <Switch
        name="Automation"
        about={says}
        words={{ on: "On", off: "Off" }}
        on={enabled}
        onTurn={(on) => automations.turn(automation, on)}
      />
    </article>
  );
}

function nextWords(at: number): string {
  const here = clock(zone.value);
  const [day, today] = [here.day(at / 1_000), here.day(now.value / 1_000)];
  return day === today ? here.minute(at / 1_000) : `${day}, ${here.minute(at / 1_000)}`;
}

type FilterProps = { automations: Automations; all: readonly Automation[]; channel: string | null };

function Filter({ automations, all, channel }: FilterProps) {
  const used = new Set([...all.flatMap(channelsOf), ...(channel === null ? [] : [Number(channel)])]);
  return (
    <label class="automations-filter">
      <span>About</span>
      <select class="input" value={channel ?? ""} onChange={(event) => setQuery({ channel: event.currentTarget.value || null })}>
        <option value="">all channels</option>
        {[...used].map((id) => (
          <option key={id} value={id}>
            {automations.names.value.channel(id)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Nothing is there yet: what one could begin with. */
function None() {
  return (
    <section class="panel sheet automations-none" aria-labelledby="no-automations">
      <Drawing />
      <h2 id="no-automations">Let something happen by itself</h2>
      <p class="soft">An automation acts when a value is reached, when a board falls silent, or at a time. Begin with one of these.</p>
      <ul class="recipes">
        {RECIPES.map(({ id, name, about }) => (
          <li key={id}>
            <a class="recipe" href={`/automations/new?recipe=${id}`}>
              <strong>{name}</strong>
              <span>{about}</span>
            </a>
          </li>
        ))}
      </ul>
      <p>
        <a href="/automations/new">Or begin with an empty one</a>
      </p>
    </section>
  );
}

/** A value that reaches its limit, and what follows. */
function Drawing() {
  return (
    <svg class="automations-drawing" viewBox="0 0 220 72" aria-hidden="true">
      <path d="M6 24h96" class="drawing-limit" />
      <path d="M6 58c18 0 22-12 38-14s22 6 34-8 12-22 24-24" class="drawing-line" />
      <circle cx="88" cy="24" r="6" class="drawing-led" />
      <path d="M116 36h32M140 28l8 8-8 8" class="drawing-way" />
      <rect x="162" y="14" width="52" height="44" rx="10" class="drawing-post" />
      <path d="M188 24a9 9 0 0 1 9 9c0 8 3 9 3 11h-24c0-2 3-3 3-11a9 9 0 0 1 9-9zM185 49h6" class="drawing-bell" />
    </svg>
  );
}

