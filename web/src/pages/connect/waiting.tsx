/** Waits for a channel's first value, and tells meanwhile of every attempt to bring one, good or bad. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Attempt, Detail, Entry } from "../../api/contract";
import { isTrouble, useAttempts } from "../../live/attempts";
import { live } from "../../live/live";
import { parseLabel } from "../../ui/value";
import { AttemptLine, inOneBreath } from "./attempt";

/** Attempts from before the page was opened matter if the reader may have just made them. In milliseconds. */
const JUST_NOW = 10 * 60_000;
const SHOWN = 5;

export function Waiting({ channel }: { channel: Detail }) {
  const came = useSignal<Entry | null>(null);
  // The channel's count goes on while one looks; what matters is how it was when the waiting began.
  const before = useRef(channel.entries).current;
  const here = useAttempts(channel.id);
  const strangers = useAttempts("strangers");
  useEffect(
    () =>
      live.watch({
        channel: channel.id,
        after: before,
        heard: (entry) => {
          came.value = entry;
        },
      }),
    [channel.id],
  );
  const since = Date.now() - JUST_NOW;
  const recent = [...here.all.value, ...strangers.all.value]
    .filter((attempt) => attempt.at >= since && (isTrouble(attempt) || came.value === null))
    .sort((one, other) => other.at - one.at || other.id - one.id);
  const last = newest(here.arrived.value, strangers.arrived.value);
  const entry = came.value;
  return (
    <section class="panel connect-wait" data-testid="waiting" data-state={entry === null ? "waiting" : "here"} aria-labelledby="connect-wait">
      {entry === null ? (
        <>
          <h2 id="connect-wait">
            <span class="connect-pulse" aria-hidden="true" />
            {before === 0 ? "Waiting for your first value…" : "Waiting for the next value…"}
          </h2>
          <p class="connect-soft">It shows up here by itself. So does whatever goes wrong, with what to do about it.</p>
        </>
      ) : (
        <Came entry={entry} channel={channel} first={before === 0} />
      )}
      <p class="hidden" role="status">
        {entry !== null ? `A value has arrived: ${words(entry, channel)}` : last !== null ? inOneBreath(last) : ""}
      </p>
      {recent.length > 0 ? (
        <>
          <h3>{entry === null ? "What came so far" : "What went wrong on the way"}</h3>
          <ol class="attempts">
            {recent.slice(0, SHOWN).map((attempt) => (
              <AttemptLine key={attempt.id} attempt={attempt} />
            ))}
          </ol>
        </>
      ) : null}
      {entry === null && (here.problem.value ?? strangers.problem.value) !== null && recent.length === 0 ? (
        <p class="connect-soft">{here.problem.value ?? strangers.problem.value}</p>
      ) : null}
      <p class="connect-all">
        <a href={`/channels/${channel.id}/doctor`}>All attempts</a>
      </p>
    </section>
  );
}

function Came({ entry, channel, first }: { entry: Entry; channel: Detail; first: boolean }) {
  const { fields } = entry;
  return (
    <>
      <h2 id="connect-wait">
        <svg class="icon connect-check" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 12.5l4.5 4.5L19 7.5" />
        </svg>
        {first ? "Your first value is here" : `Entry ${entry.entry_id} is here`}
      </h2>
      <dl class="came">
        {channel.fields
          .filter(({ no }) => fields[no] !== undefined)
          .map(({ no, label }) => {
            const { name, unit } = parseLabel(label);
            return (
              <div key={no}>
                <dt>{name}</dt>
                <dd>
                  {fields[no]} {unit ? <span>{unit}</span> : null}
                </dd>
              </div>
            );
          })}
      </dl>
      <a class="button" href={`/channels/${channel.id}`}>
        See the chart
      </a>
    </>
  );
}

function words(entry: Entry, channel: Detail): string {
  return channel.fields.flatMap(({ no, label }) => (entry.fields[no] === undefined ? [] : [`${label} ${entry.fields[no]}`])).join(", ");
}

function newest(one: Attempt | null, other: Attempt | null): Attempt | null {
  if (one === null || other === null) return one ?? other;
  return other.at > one.at ? other : one;
}
