/** A channel's keys: the one that writes, those that it replaces, those that read, and the addresses they go with. */

import { useSignal } from "@preact/signals";
import { API, post, remove } from "../../api/client";
import type { Detail } from "../../api/contract";
import { now } from "../../live/clock";
import { server } from "../../session";
import { Code } from "../../ui/code";
import { Confirm } from "../../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { Secret } from "../../ui/secret";
import type { ChannelModel } from "./model";

const HOUR = 3_600_000;

const OVERLAPS = [
  { ms: HOUR, words: "1 hour" },
  { ms: 24 * HOUR, words: "24 hours" },
  { ms: 7 * 24 * HOUR, words: "7 days" },
  { ms: 0, words: "not at all" },
];

type Keys = NonNullable<Detail["keys"]>;
type Props = { model: ChannelModel; detail: Detail; keys: Keys };

export function KeysTab(props: Props) {
  return (
    <div class="sheets">
      <div class="sheets-column">
        <WriteKey {...props} />
        <ReadKeys {...props} />
      </div>
      <Addresses {...props} />
    </div>
  );
}

function WriteKey({ model, keys }: Props) {
  const open = useSignal(false);
  const overlap = useSignal(24 * HOUR);
  const sending = useSending();
  const retiring = keys.retiring.filter(({ until_at }) => until_at > now.value);
  return (
    <section class="panel sheet" aria-labelledby="write-key">
      <h2 id="write-key">Write key</h2>
      <p class="soft">Who has it can post to this channel. It goes into the sketch, and nowhere where others read it.</p>
      <Secret name="write key" value={keys.write_key} testId="write-key-value" />
      {retiring.length > 0 ? (
        <ul class="retiring" aria-label="Keys that still write">
          {retiring.map(({ hint, until_at }) => (
            <li key={`${hint}${until_at}`}>
              <code>{hint.replace(/…$/, "")}…</code> still writes for {left(until_at - now.value)}
            </li>
          ))}
        </ul>
      ) : null}
      {open.value ? (
        <Form
          label="A new write key"
          sending={sending}
          onSend={async () => {
            model.learn(await post<Detail>(`${API}/channels/${model.id}/keys/write`, { overlap_ms: overlap.value }));
            open.value = false;
          }}
        >
          <fieldset class="choices">
            <legend>For how long should the old key go on writing?</legend>
            {OVERLAPS.map(({ ms, words }) => (
              <label key={ms}>
                <input type="radio" name="overlap" checked={overlap.value === ms} onChange={() => void (overlap.value = ms)} />
                <span>{words}</span>
              </label>
            ))}
          </fieldset>
          <p class="hint">
            {overlap.value === 0
              ? "Old keys are refused from now on, also those that have time left. Right if somebody has one who should not."
              : "Time to bring the new key to your boards, one after the other, without losing a value."}
          </p>
          <Refused>{sending.problem}</Refused>
          <div class="buttons">
            <Submit sending={sending}>Make the new key</Submit>
            <button type="button" class="button" data-kind="soft" onClick={() => void (open.value = false)}>
              Cancel
            </button>
          </div>
        </Form>
      ) : (
        <div class="buttons">
          <button type="button" class="button" data-kind="soft" onClick={() => void (open.value = true)}>
            New write key…
          </button>
        </div>
      )}
    </section>
  );
}

function ReadKeys({ model, detail, keys }: Props) {
  const note = useSignal("");
  const sending = useSending();
  const removing = useSending();
  return (
    <section class="panel sheet" aria-labelledby="read-keys">
      <h2 id="read-keys">Read keys</h2>
      <p class="soft">
        {detail.public ? "The channel is public: reading needs no key." : "Reading this private channel needs one of them."} Give each
        reader their own, then you can take it back from one alone.
      </p>
      <ul class="rows" data-testid="read-keys">
        {keys.read_keys.map(({ key, note }, index) => (
          <li key={key}>
            <p class="row-name">{note || `Read key ${index + 1}`}</p>
            <div class="row-body">
              <Secret name={`read key${note ? ` for ${note}` : ` ${index + 1}`}`} value={key} />
              <Confirm
                name="Remove"
                about={`the read key ${note ? `for ${note}` : index + 1}`}
                question="Who uses it can’t read any more."
                yes="Remove it"
                onYes={() =>
                  removing.run(async () => {
                    model.learn(await remove<Detail>(`${API}/channels/${model.id}/keys/read/${encodeURIComponent(key)}`));
                  })
                }
              />
            </div>
          </li>
        ))}
      </ul>
      <Refused>{removing.problem}</Refused>
      <Form
        label="A new read key"
        sending={sending}
        onSend={async () => {
          model.learn(await post<Detail>(`${API}/channels/${model.id}/keys/read`, { note: note.value.trim() }));
          note.value = "";
        }}
      >
        <Input
          label="Whom or what is a new read key for?"
          value={note}
          maxLength={80}
          placeholder="Display in the hall"
          after={
            <Submit sending={sending} kind="soft">
              Add
            </Submit>
          }
        />
        <Refused>{sending.problem}</Refused>
      </Form>
    </section>
  );
}

function Addresses({ detail, keys }: Props) {
  const here = server.value?.addresses[0] ?? location.origin;
  const filled = useSignal(false);
  const write = filled.value ? keys.write_key : "WRITE_KEY";
  const read = detail.public ? "" : `&api_key=${filled.value ? (keys.read_keys[0]?.key ?? keys.write_key) : "READ_KEY"}`;
  const first = detail.fields[0]?.no ?? 1;
  return (
    <section class="panel sheet" aria-labelledby="addresses">
      <header class="sheet-head">
        <h2 id="addresses">Addresses</h2>
        <button
          type="button"
          class="button"
          data-kind="soft"
          data-size="small"
          aria-pressed={filled.value}
          onClick={() => void (filled.value = !filled.value)}
        >
          {filled.value ? "Hide the keys" : "Fill in the keys"}
        </button>
      </header>
      <p class="soft">As with ThingSpeak: only the beginning is another.</p>
      <dl class="addresses">
        <dt>Post a value</dt>
        <dd>
          <Code name="the address that posts" text={`${here}/update?api_key=${write}&field${first}=21.5`} />
        </dd>
        <dt>Read the newest entries</dt>
        <dd>
          <Code name="the address that reads" text={`${here}/channels/${detail.id}/feeds.json?results=10${read}`} />
        </dd>
        <dt>Read the newest value of a field</dt>
        <dd>
          <Code
            name="the address that reads one value"
            text={`${here}/channels/${detail.id}/fields/${first}/last.txt${read.replace("&", "?")}`}
          />
        </dd>
      </dl>
      <p class="soft">
        Whole programs for MicroPython, Arduino, ESPHome and others, with everything filled in, are under{" "}
        <a href={`/channels/${detail.id}/connect`}>Connect</a>.
      </p>
    </section>
  );
}

/** A time that is left, in the unit that says it well: "23 h 59 min". */
export function left(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
