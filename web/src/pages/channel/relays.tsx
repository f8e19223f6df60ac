/** Where a channel goes on to, and where it comes from: relays with ThingSpeak or another server, and how far each is. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, ApiError, get, inWords, patch, post, remove } from "../../api/client";
import type { Detail, NewRelay, Relay } from "../../api/contract";
import { now } from "../../live/clock";
import { follow } from "../../live/follow";
import { live } from "../../live/live";
import { me, server } from "../../session";
import { Confirm } from "../../ui/confirm";
import { Check, Form, Input, Refused, speaksOf, Submit, useSending } from "../../ui/form";
import { PlusIcon } from "../../ui/icons";
import { ago, duration } from "../../ui/words";

const THINGSPEAK = "https://api.thingspeak.com";

export function Relays({ detail }: { detail: Detail }) {
  const at = `${API}/channels/${detail.id}/relays`;
  const read = () => live.settled("relay", () => get<Relay[]>(at));
  const all = useSignal<readonly Relay[] | null>(null);
  const problem = useSignal<string | null>(null);
  const making = useSignal(false);
  const learn = (relay: Relay) => {
    const others = (all.peek() ?? []).filter(({ id }) => id !== relay.id);
    all.value = [...others, relay].toSorted((one, other) => one.id - other.id);
  };
  useEffect(() => {
    const silence = live.hear<Relay>("relay", (relay) => {
      // News of one that has just been removed comes too late.
      if (relay.channel === detail.id && all.peek()?.some(({ id }) => id === relay.id)) learn(relay);
    });
    const rest = follow(() =>
      read().then(
        (relays) => void ([all.value, problem.value] = [relays, null]),
        (error: unknown) => void (problem.value = inWords(error)),
      ),
    );
    return () => {
      silence();
      rest();
    };
  }, [at]);
  const drop = async ({ id }: Relay) => {
    await remove(`${at}/${id}`);
    all.value = (all.peek() ?? []).filter((each) => each.id !== id);
  };
  return (
    <section class="panel sheet" aria-labelledby="relays">
      <h2 id="relays">Relay</h2>
      <p class="soft">Send the entries on to a channel of ThingSpeak or of another Fieldpost, or fetch them from there. What can’t go now waits.</p>
      <Refused>{problem.value}</Refused>
      {all.value && all.value.length > 0 ? (
        <ul class="relays" data-testid="relays">
          {all.value.map((relay) => (
            <li key={relay.id}>
              <Row relay={relay} onTurn={async (enabled) => {
                  await patch<Relay>(`${at}/${relay.id}`, { enabled });
                  // It has gone on since; the answer tells how it stood before.
                  learn((await read()).find(({ id }) => id === relay.id) ?? relay);
                }} onDrop={() => drop(relay)} />
            </li>
          ))}
        </ul>
      ) : null}
      {making.value ? (
        <New
          onMake={async (wanted) => {
            learn(await post<Relay>(at, wanted));
            making.value = false;
          }}
          onClose={() => void (making.value = false)}
        />
      ) : (
        <div>
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (making.value = true)}>
            <PlusIcon />
            New relay
          </button>
        </div>
      )}
    </section>
  );
}

type RowProps = { relay: Relay; onTurn: (enabled: boolean) => Promise<void>; onDrop: () => Promise<void> };

function Row({ relay, onTurn, onDrop }: RowProps) {
  const acting = useSending();
  const { direction, remote_channel, enabled, says } = relay;
  const where = `${direction === "forward" ? "to" : "from"} channel ${remote_channel} of ${host(relay.server)}`;
  return (
    <article class="relay" data-testid={`relay-${relay.id}`} data-state={state(relay)} aria-label={`Relay ${where}`}>
      <p class="relay-way">
        {direction === "forward" ? "Forwards" : "Mirrors"} {where}
      </p>
      <p class="relay-state">
        <span class="relay-word">{WORDS[state(relay)]}</span>
        <span>{progress(relay, now.value)}</span>
      </p>
      {says ? (
        <p class="relay-trouble">
          {says.slice(0, 1).toUpperCase() + says.slice(1)}
          {enabled && relay.next_at !== null ? `; again ${until(relay.next_at, now.value)}` : ""}
        </p>
      ) : null}
      <div class="buttons">
        <button
          type="button"
          class="button"
          data-kind="soft"
          data-size="small"
          aria-disabled={acting.busy.value}
          onClick={() => void acting.run(() => onTurn(!enabled))}
        >
          {enabled ? "Pause" : "Go on"}
          <span class="hidden"> {where}</span>
        </button>
        <Confirm name="Remove" about={where} question="What went over it stays." yes="Remove it" onYes={() => acting.run(onDrop)} />
      </div>
      <Refused>{acting.problem}</Refused>
    </article>
  );
}

type State = "paused" | "trouble" | "behind" | "done";
const WORDS: Record<State, string> = { paused: "Paused", trouble: "In trouble", behind: "Catching up", done: "Up to date" };

function state({ enabled, says, behind, last_ok_at }: Relay): State {
  if (!enabled) return "paused";
  if (says !== null) return "trouble";
  return behind === 0 || (behind === null && last_ok_at !== null) ? "done" : "behind";
}

/** How far it is, and when it last went well. */
function progress({ position, behind, last_ok_at }: Relay, at: number): string {
  return [
    position > 0 ? `up to entry ${position}` : "nothing yet",
    ...(behind ? [`${behind.toLocaleString("en-GB")} to go`] : []),
    ...(last_ok_at === null ? [] : [`went well ${ago((at - last_ok_at) / 1_000)}`]),
  ].join(", ");
}

function until(at: number, from: number): string {
  const seconds = Math.round((at - from) / 1_000);
  return seconds <= 0 ? "now" : `in ${duration(seconds)}`;
}

const host = (address: string) => address.replace(/^https?:\/\//, "").replace(/\/$/, "");

/** Which field a "no" of the server belongs to. */
const ABOUT = { key: /key/i, remote: /channel/i, address: /address|server|private/i };

function New({ onMake, onClose }: { onMake: (wanted: NewRelay) => Promise<void>; onClose: () => void }) {
  const direction = useSignal<"forward" | "mirror">("forward");
  const address = useSignal(THINGSPEAK);
  const remote = useSignal("");
  const key = useSignal("");
  const all = useSignal(false);
  const own = useSignal(false);
  const wrong = useSignal<{ [field: string]: string }>({});
  const sending = useSending();
  const about = speaksOf(sending.error.value, ABOUT);
  const problem = (of: keyof typeof ABOUT) => wrong.value[of] ?? (about === of ? sending.problem : null);
  const forward = direction.value === "forward";
  const send = () => {
    wrong.value = {
      ...(!/^https?:\/\/[^/\s]/.test(address.value.trim()) && { address: "An address begins with http:// or https://." }),
      ...(!/^[1-9]\d{0,17}$/.test(remote.value.trim()) && { remote: "A channel’s number has digits only, such as 1242207." }),
      ...(forward && key.value.trim() === "" && { key: "Forwarding needs the write key of the other channel." }),
    };
    if (Object.keys(wrong.value).length > 0) throw new ApiError(400, "", "incomplete");
    return onMake({
      direction: direction.value,
      server: address.value.trim(),
      remote_channel: Number(remote.value.trim()),
      ...(key.value.trim() && { key: key.value.trim() }),
      ...(own.value && { private: true }),
      ...(forward && all.value && { position: 0 }),
    });
  };
  return (
    <Form label="New relay" sending={sending} onSend={async () => send()}>
      <fieldset class="choices">
        <legend>Which way</legend>
        {(["forward", "mirror"] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="relay-way" checked={direction.value === each} onChange={() => void (direction.value = each)} />
            <span>{each === "forward" ? "Forward from here" : "Mirror from there"}</span>
          </label>
        ))}
      </fieldset>
      <Input label="Server" type="url" value={address} spellcheck={false} autocapitalize="none" problem={problem("address")} />
      <Input label="Channel there" value={remote} inputMode="numeric" placeholder="1242207" problem={problem("remote")} />
      <Input
        label={forward ? "Its write key" : "Its read key"}
        value={key}
        spellcheck={false}
        autocomplete="off"
        problem={problem("key")}
        hint={forward ? undefined : "Empty for a public channel."}
      />
      {forward ? <Check label="Also the entries that are here already" checked={all} /> : null}
      {me.value?.admin || server.value?.private_targets ? (
        <Check label="It may be in this server’s own network" hint="Such as another Fieldpost at home." checked={own} />
      ) : null}
      <Refused>{Object.keys(wrong.value).length > 0 || about !== null ? null : sending.problem}</Refused>
      <div class="buttons">
        <Submit sending={sending}>Make it</Submit>
        <button type="button" class="button" data-kind="soft" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Form>
  );
}
