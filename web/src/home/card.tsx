/** A channel at a glance: its name, its newest values, how they went, and when it was last heard of. */

import type { Signal } from "@preact/signals";
import type { Card, Field } from "../api/contract";
import { now } from "../live/clock";
import { parseLabel, shortValue } from "../ui/value";
import { ago } from "../ui/words";
import { Spark } from "./spark";

/** A card shows so many fields, and says how many more there are. */
const FIELDS_MAX = 3;
/** Who wrote within this time, in milliseconds, is about. */
const ABOUT = 5 * 60_000;

export function ChannelCard({ of, whose }: { of: Signal<Card>; whose?: boolean }) {
  const card = of.value;
  const name = `channel-${card.id}-name`;
  const more = card.fields.length - FIELDS_MAX;
  return (
    <article class="panel card" aria-labelledby={name} data-testid="channel-card" data-channel={card.id}>
      <header class="card-head">
        <h3 id={name}>
          <a href={`/channels/${card.id}`}>{card.name}</a>
        </h3>
        <LastSeen card={of} />
      </header>
      {card.last === null ? (
        <p class="card-empty">
          Nothing has come yet.{" "}
          {card.role === "owner" || card.role === "editor" ? (
            <a href={`/channels/${card.id}/connect`}>Connect a board</a>
          ) : null}
        </p>
      ) : (
        <ul class="measures" data-alone={card.fields.length === 1}>
          {card.fields.slice(0, FIELDS_MAX).map((field) => (
            <Measure key={field.no} card={card} field={field} />
          ))}
        </ul>
      )}
      <p class="card-foot">
        <span>Channel {card.id}</span>
        {card.public ? <span>public</span> : null}
        {whose ? <span>by {card.owner}</span> : null}
        {card.last !== null && more > 0 ? (
          <span>
            {more} more {more === 1 ? "field" : "fields"}
          </span>
        ) : null}
      </p>
    </article>
  );
}

function Measure({ card, field }: { card: Card; field: Field }) {
  const { name, unit } = parseLabel(field.label);
  const text = card.last?.fields[field.no];
  const means = card.spark[field.no];
  return (
    <li class="measure" style={{ "--colour": `var(--field${field.no})` }}>
      <p class="measure-name">{name}</p>
      <p class="measure-value" data-testid={`value-${field.no}`} title={text}>
        {text === undefined ? "–" : shortValue(text)}
        {unit && text !== undefined ? <span> {unit}</span> : null}
      </p>
      {means?.some((mean) => mean !== null) ? <Spark means={means} unit={unit} /> : <span class="spark" />}
    </li>
  );
}

function LastSeen({ card }: { card: Signal<Card> }) {
  const at = card.value.last_write_at;
  if (at === null) return <p class="seen">never</p>;
  const age = now.value - at;
  return (
    <p class="seen" data-about={age < ABOUT}>
      <span class="seen-dot" key={card.value.entries} />
      {ago(age / 1_000)}
    </p>
  );
}
