/** The imports of whoever is signed in: how far each is, and what to change in a sketch when it is done. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, get, inWords, patch, remove } from "../api/client";
import type { Import } from "../api/contract";
import { now } from "../live/clock";
import { server as known } from "../session";
import { Code } from "../ui/code";
import { Refused, useSending } from "../ui/form";
import { duration } from "../ui/words";
import { howFar, remarks, share } from "./words";

/** How often it is asked how far they are, in milliseconds. */
const OFTEN = 1_000;

export type Imports = { all: Signal<readonly Import[]>; problem: Signal<string | null>; load: () => Promise<void> };

/** Keeps the list of imports, and asks again as long as one goes on. */
export function useImports(): Imports {
  const all = useSignal<readonly Import[]>([]);
  const problem = useSignal<string | null>(null);
  const load = () =>
    get<Import[]>(`${API}/imports`).then(
      (read) => void ([all.value, problem.value] = [read, null]),
      (error: unknown) => void (problem.value = inWords(error)),
    );
  useEffect(() => {
    void load();
    const timer = setInterval(() => {
      if (problem.peek() !== null || all.peek().some(({ state }) => state === "running")) void load();
    }, OFTEN);
    return () => clearInterval(timer);
  }, []);
  return { all, problem, load };
}

export function Jobs({ imports: { all, problem, load } }: { imports: Imports }) {
  return (
    <>
      <Refused>{problem.value}</Refused>
      {all.value.length > 0 ? (
        <ul class="imports" data-testid="imports">
          {all.value.map((one) => (
            <li key={one.channel}>
              <Job one={one} load={load} />
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

const WORDS = { running: "Coming in", stopped: "Stopped", done: "Done" };

function Job({ one, load }: { one: Import; load: () => Promise<void> }) {
  const acting = useSending();
  const at = `${API}/imports/${one.channel}`;
  const act = (what: () => Promise<unknown>) => void acting.run(() => what().then(load));
  const running = one.state === "running";
  return (
    <article class="panel sheet import" data-state={one.state} aria-label={`${one.name}, from channel ${one.remote_channel}`}>
      <h2>
        <a href={`/channels/${one.channel}`}>{one.name}</a>
      </h2>
      <p class="soft">
        {WORDS[one.state]}: channel {one.remote_channel} of {host(one.server)}
        {one.channel === one.remote_channel ? "" : `, here channel ${one.channel}`}
      </p>
      <progress class="import-bar" max={1} value={share(one)} aria-label="Part that is here" />
      <p role="status">{howFar(one)}</p>
      {one.says ? (
        <p class="import-trouble">
          {one.says.slice(0, 1).toUpperCase() + one.says.slice(1)}
          {one.next_at === null ? "" : `; again ${soon(one.next_at, now.value)}`}
        </p>
      ) : null}
      {one.state === "done" ? (
        <>
          {remarks(one).map((remark) => (
            <p key={remark}>{remark}</p>
          ))}
          <Change one={one} />
        </>
      ) : null}
      <Refused>{acting.problem}</Refused>
      <div class="buttons">
        {one.state === "done" ? (
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => act(() => remove(at))}>
            Close
          </button>
        ) : (
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            aria-disabled={acting.busy.value}
            onClick={() => act(() => patch(at, { running: !running }))}
          >
            {running ? "Stop" : "Go on"}
          </button>
        )}
      </div>
    </article>
  );
}

/** What to change in a sketch. */
function Change({ one }: { one: Import }) {
  const here = known.value?.addresses?.[0] ?? location.origin;
  const same = one.channel === one.remote_channel;
  return (
    <>
      <p>
        In your sketch change the host{same ? "; the channel’s number stays" : ` and the channel’s number, from ${one.remote_channel} to ${one.channel}`}.
        Its keys are on <a href={`/channels/${one.channel}/connect`}>the channel’s page</a>. What boards still post there comes here too with a
        mirror: in the channel’s <a href={`/channels/${one.channel}/settings`}>settings</a>, Relay.
      </p>
      <Code name="The host in the sketch" text={`- ${host(one.server)}\n+ ${host(here)}`} />
    </>
  );
}

const host = (address: string) => address.replace(/^https?:\/\//, "").replace(/\/$/, "");

function soon(at: number, from: number): string {
  const seconds = Math.round((at - from) / 1_000);
  return seconds <= 0 ? "now" : `in ${duration(seconds)}`;
}
