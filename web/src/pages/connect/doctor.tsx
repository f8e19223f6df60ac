/** Every attempt to reach a channel, and those that reached none: what came, what became of it, what to do. */

import "../../style/connect.css";
import { useSignal } from "@preact/signals";
import type { Attempt } from "../../api/contract";
import { type Attempts, isTrouble, useAttempts } from "../../live/attempts";
import { Check } from "../../ui/form";
import type { DoctorProps } from ".";
import { AttemptLine, inOneBreath } from "./attempt";

const DOORS: { [door in Attempt["door"]]: string } = { http: "HTTP", https: "HTTPS", tls: "TLS", mqtt: "MQTT" };

export function Doctor({ channelId }: DoctorProps) {
  const here = useAttempts(channelId);
  const strangers = useAttempts("strangers");
  const only = useSignal(false);
  const arrived = here.arrived.value;
  return (
    <div class="doctor">
      <div class="doctor-head">
        <p class="connect-soft">Every attempt to send to this channel or to read it shows up here, also those that failed.</p>
        <Check label="Only troubles" checked={only} />
      </div>
      <p class="hidden" role="status">
        {arrived !== null && isTrouble(arrived) ? inOneBreath(arrived) : ""}
      </p>
      <List
        id="doctor-here"
        title="At this channel"
        attempts={here}
        only={only.value}
        empty={
          <>
            Nobody has knocked yet. <a href={`/channels/${channelId}/connect`}>Connect a board</a>, and watch it arrive.
          </>
        }
      />
      <List
        id="doctor-strangers"
        title="Strangers"
        about="They named no channel or key that this server knows. Is one of them yours?"
        attempts={strangers}
        only={only.value}
        empty="Nobody came by with a wrong address or key."
      />
    </div>
  );
}

type ListProps = {
  id: string;
  title: string;
  about?: string;
  attempts: Attempts;
  only: boolean;
  empty: preact.ComponentChildren;
};

function List({ id, title, about, attempts, only, empty }: ListProps) {
  const all = attempts.all.value;
  const shown = only ? all.filter(isTrouble) : all;
  const problem = attempts.problem.value;
  return (
    <section class="panel doctor-list" aria-labelledby={id} data-testid={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {all.length > 0 ? <Counts all={all} /> : null}
        {about ? <p class="connect-soft">{about}</p> : null}
      </header>
      {shown.length > 0 ? (
        <ol class="attempts">
          {shown.map((attempt) => (
            <AttemptLine key={attempt.id} attempt={attempt}>
              <Sent attempt={attempt} />
            </AttemptLine>
          ))}
        </ol>
      ) : problem !== null ? (
        <p class="doctor-empty">{problem}</p>
      ) : attempts.loaded.value || all.length > 0 ? (
        <p class="doctor-empty">{all.length > 0 ? "No trouble at all." : empty}</p>
      ) : (
        <p class="doctor-empty" />
      )}
    </section>
  );
}

function Counts({ all }: { all: readonly Attempt[] }) {
  const sum = (attempts: readonly Attempt[]) => attempts.reduce((total, { count }) => total + count, 0);
  const [total, trouble] = [sum(all), sum(all.filter(isTrouble))];
  return (
    <p class="doctor-counts">
      <span data-testid="counts">{total === 1 ? "1 attempt" : `${total} attempts`}</span>
      {trouble > 0 ? <span class="doctor-trouble">{trouble === 1 ? "1 in trouble" : `${trouble} in trouble`}</span> : <span>all well</span>}
    </p>
  );
}

/** What came over the line, as far as it was kept; keys are masked by the server. */
function Sent({ attempt }: { attempt: Attempt }) {
  const { method, path, sent, key, door, code } = attempt;
  const request = [method, path].filter((part) => part !== null).join(" ");
  return (
    <details class="sent">
      <summary>
        What it sent
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M7 10l5 5 5-5" />
        </svg>
      </summary>
      <dl>
        <dt>By</dt>
        <dd>
          {DOORS[door]} <span>({code})</span>
        </dd>
        {key !== null ? (
          <>
            <dt>Key</dt>
            <dd>
              <code>{key}</code>
            </dd>
          </>
        ) : null}
      </dl>
      {request !== "" || sent !== null ? <pre tabIndex={0} role="group" aria-label="What it sent">{[request, sent ?? ""].filter((part) => part !== "").join("\n\n")}</pre> : <p class="connect-soft">Nothing that could be read.</p>}
    </details>
  );
}
