/** What a channel is called, what its fields are, where it is; and the ways to empty and to delete it. */

import { type Signal, signal, useSignal } from "@preact/signals";
import { useId, useState } from "preact/hooks";
import { API, post, remove } from "../../api/client";
import type { Detail } from "../../api/contract";
import { go } from "../../router/router";
import { Form, Input, Submit, useSending } from "../../ui/form";
import { ZoneSelect } from "../../ui/zones";
import { Export } from "./export";
import { Import } from "./import";
import type { ChannelModel } from "./model";
import { Relays } from "./relays";
import { Saved, useSaving } from "./saving";
import { History } from "./settings-history";
import { ValidRanges } from "./settings-valid";

type Props = { model: ChannelModel; detail: Detail };

export function SettingsTab(props: Props) {
  return (
    <div class="sheets">
      <div class="sheets-column">
        <About {...props} />
        <Where {...props} />
      </div>
      <div class="sheets-column">
        <Fields {...props} />
        {/* Anew when the fields are other ones. */}
        <ValidRanges key={props.detail.fields.map(({ no, label }) => `${no} ${label}`).join()} {...props} />
        <History {...props} />
        <Acts {...props} />
        <Relays detail={props.detail} />
        <Export detail={props.detail} />
        {props.detail.role === "owner" ? (
          <>
            <Import {...props} />
            <Danger {...props} />
          </>
        ) : null}
      </div>
    </div>
  );
}

function About({ model, detail }: Props) {
  const name = useSignal(detail.name);
  const description = useSignal(detail.description ?? "");
  const tags = useSignal(detail.tags.join(", "));
  const url = useSignal(detail.url ?? "");
  const saving = useSaving(model);
  const id = useId();
  return (
    <section class="panel sheet" aria-labelledby="about">
      <h2 id="about">The channel</h2>
      <Form
        label="The channel"
        sending={saving.sending}
        onSend={() =>
          saving.save({
            name: name.value.trim(),
            description: description.value.trim(),
            tags: tags.value.split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""),
            url: url.value.trim(),
          })
        }
      >
        <Input label="Name" value={name} maxLength={255} required />
        <div class="field">
          <label for={id}>Description</label>
          <textarea
            id={id}
            class="input"
            rows={3}
            value={description.value}
            onInput={(event) => void (description.value = event.currentTarget.value)}
          />
        </div>
        <Input label="Tags" value={tags} hint="Words with commas between them; others find a public channel by them." />
        <Input label="A page about it" value={url} type="url" placeholder="https://" />
        <Saved {...saving}>Save</Saved>
      </Form>
    </section>
  );
}

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

function Fields({ model, detail }: Props) {
  const [labels] = useState(() =>
    NUMBERS.map((no) => signal(detail.fields.find((field) => field.no === no)?.label ?? "")),
  );
  const shown = useSignal(Math.min(8, Math.max(1, ...detail.fields.map(({ no }) => no))));
  const saving = useSaving(model);
  return (
    <section class="panel sheet" aria-labelledby="fields">
      <h2 id="fields">Fields</h2>
      <p class="soft">
        What each holds, with the unit in brackets: <em>Temperature (°C)</em>. A field whose label is emptied is no longer shown; its values
        are kept.
      </p>
      <Form
        label="Fields"
        sending={saving.sending}
        onSend={() => {
          const changed = NUMBERS.flatMap((no) => {
            const [before, after] = [detail.fields.find((field) => field.no === no)?.label ?? "", labels[no - 1]!.value.trim()];
            return before === after ? [] : [[no, after === "" ? null : after]];
          });
          return saving.save({ fields: Object.fromEntries(changed) });
        }}
      >
        {NUMBERS.slice(0, shown.value).map((no) => (
          <Input key={no} label={`Field ${no}`} value={labels[no - 1]!} maxLength={255} />
        ))}
        {shown.value < 8 ? (
          <p>
            <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (shown.value += 1)}>
              Add a field
            </button>
          </p>
        ) : null}
        <Saved {...saving}>Save fields</Saved>
      </Form>
    </section>
  );
}

/** What happens by itself is settled elsewhere. */
function Acts({ detail }: Props) {
  return (
    <section class="panel sheet" aria-labelledby="acts">
      <h2 id="acts">Automations</h2>
      <p class="soft">What happens by itself when a value is reached, or when nothing comes.</p>
      <p>
        <a href={`/automations?channel=${detail.id}`}>Your automations about this channel</a>
      </p>
    </section>
  );
}

function Where({ model, detail }: Props) {
  const timezone = useSignal(detail.timezone ?? "");
  const latitude = useSignal(detail.latitude ?? "");
  const longitude = useSignal(detail.longitude ?? "");
  const elevation = useSignal(detail.elevation ?? "");
  const interval = useSignal(detail.update_interval_ms === null ? "" : String(detail.update_interval_ms / 1000));
  const saving = useSaving(model);
  const empty = (value: Signal<string>) => (value.value.trim() === "" ? null : value.value.trim());
  return (
    <section class="panel sheet" aria-labelledby="where">
      <h2 id="where">Where, and how often</h2>
      <Form
        label="Where, and how often"
        sending={saving.sending}
        onSend={() => {
          const seconds = empty(interval);
          if (seconds !== null && !(Number(seconds) >= 0)) throw new Error("The shortest time between two entries is a number of seconds.");
          return saving.save({
            timezone: empty(timezone),
            latitude: empty(latitude),
            longitude: empty(longitude),
            elevation: empty(elevation),
            update_interval_ms: seconds === null ? null : Math.round(Number(seconds) * 1000),
          });
        }}
      >
        <ZoneSelect
          value={timezone}
          label="Time zone of the channel"
          none="UTC, as nothing is said"
          hint="Days begin by it, where somebody asks for days. Readers see times in their own zone, or in this one."
        />
        <div class="input-three">
          <Input label="Latitude" value={latitude} inputMode="decimal" />
          <Input label="Longitude" value={longitude} inputMode="decimal" />
          <Input label="Elevation, m" value={elevation} inputMode="decimal" />
        </div>
        <Input
          label="Shortest time between two entries, in seconds"
          value={interval}
          inputMode="decimal"
          hint="Left empty nothing is ever too soon. ThingSpeak’s free accounts have 15."
        />
        <Saved {...saving}>Save place and pace</Saved>
      </Form>
    </section>
  );
}

function Danger({ model, detail }: Props) {
  const at = `${API}/channels/${model.id}`;
  return (
    <section class="panel sheet" aria-labelledby="danger">
      <h2 id="danger">No way back</h2>
      <Grave
        detail={detail}
        name="Clear the channel"
        says={`All ${detail.entries ? `entries up to number ${model.newest.value?.entry_id ?? detail.entries}` : "entries"} go, for good. Keys, fields and settings stay; the next entry is number 1.`}
        act={async () => {
          await post(`${at}/clear`);
          await model.renew();
        }}
      />
      <Grave
        detail={detail}
        name="Delete the channel"
        says="It goes with all that belongs to it: entries, keys, links. Boards that post to it are refused."
        act={async () => {
          await remove(at);
          go("/");
        }}
      />
    </section>
  );
}

/** Something that can't be undone: the channel's name must be typed first. */
function Grave({ detail, name, says, act }: { detail: Detail; name: string; says: string; act: () => Promise<void> }) {
  const open = useSignal(false);
  const typed = useSignal("");
  const done = useSignal(false);
  const wrong = useSignal<string | null>(null);
  const sending = useSending();
  return (
    <div class="grave">
      <h3>{name}</h3>
      <p class="soft">{says}</p>
      {open.value ? (
        <Form
          label={name}
          sending={sending}
          onSend={async () => {
            wrong.value = typed.value.trim() === detail.name.trim() ? null : `Type ${detail.name}, exactly as it is written here.`;
            if (wrong.value !== null) throw new Error(wrong.value);
            await act();
            [open.value, typed.value, done.value] = [false, "", true];
          }}
        >
          <Input label={`To be sure, type the channel’s name: ${detail.name}`} value={typed} problem={wrong.value ?? sending.problem} spellcheck={false} />
          <div class="buttons">
            <Submit sending={sending} kind="grave">
              {name}
            </Submit>
            <button type="button" class="button" data-kind="soft" onClick={() => void (open.value = false)}>
              Keep it
            </button>
          </div>
        </Form>
      ) : (
        <div class="buttons">
          <button type="button" class="button" data-kind="grave" onClick={() => void (open.value = true)}>
            {name}…
          </button>
          <span role="status" class="saved">
            {done.value ? "Done" : ""}
          </span>
        </div>
      )}
    </div>
  );
}
