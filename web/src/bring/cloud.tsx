/** Asks for a channel of ThingSpeak, or of another server: what it is, what it keeps here, and off it goes. */

import { useSignal } from "@preact/signals";
import { API, ApiError, post } from "../api/client";
import type { Import, ImportFound, ImportSource } from "../api/contract";
import { me, server as known } from "../session";
import { Check, Form, Input, Refused, Submit, useSending } from "../ui/form";

const THINGSPEAK = "https://api.thingspeak.com";
/** How long the other server may take to say what there is, in milliseconds. */
const PATIENCE = 90_000;

export function FromCloud({ onBegun }: { onBegun: () => Promise<void> }) {
  const remote = useSignal("");
  const read = useSignal("");
  const user = useSignal("");
  const address = useSignal(THINGSPEAK);
  const own = useSignal(false);
  const wrong = useSignal<{ [field: string]: string }>({});
  const looked = useSignal<{ source: ImportSource; found: ImportFound } | null>(null);
  const sending = useSending();
  const look = async () => {
    looked.value = null;
    wrong.value = {
      ...(!/^[1-9]\d{0,17}$/.test(remote.value.trim()) && { remote: "A channel’s number has digits only, such as 1242207." }),
      ...(!/^https?:\/\/[^/\s]/.test(address.value.trim()) && { address: "An address begins with http:// or https://." }),
    };
    if (Object.keys(wrong.value).length > 0) throw new ApiError(400, "", "incomplete");
    const source: ImportSource = {
      server: address.value.trim(),
      remote_channel: Number(remote.value.trim()),
      ...(read.value.trim() && { read_key: read.value.trim() }),
      ...(user.value.trim() && { user_key: user.value.trim() }),
      ...(own.value && { private: true }),
    };
    looked.value = { source, found: await post<ImportFound>(`${API}/imports/look`, source, PATIENCE) };
  };
  return (
    <>
      <Form sending={sending} onSend={look} label="From ThingSpeak directly">
        <Input label="Channel there" value={remote} inputMode="numeric" placeholder="1242207" problem={wrong.value["remote"]} />
        <Input
          label="Its read key"
          value={read}
          spellcheck={false}
          autocomplete="off"
          placeholder="16 letters and digits"
          hint="Empty for a public channel."
        />
        <details class="details">
          <summary>Settings and keys too, or another server</summary>
          <div class="form">
            <Input
              label="Your user key there"
              value={user}
              spellcheck={false}
              autocomplete="off"
              hint="From Account, My Profile. It tells tags and all keys of the channel; it is not kept."
            />
            <Input label="Server" type="url" value={address} spellcheck={false} autocapitalize="none" problem={wrong.value["address"]} />
            {me.value?.admin || known.value?.private_targets ? (
              <Check label="It may be in this server’s own network" hint="Such as another Fieldpost at home." checked={own} />
            ) : null}
          </div>
        </details>
        <Refused>{Object.keys(wrong.value).length > 0 ? null : sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind={looked.value ? "soft" : "strong"}>
            Look what is there
          </Submit>
        </div>
      </Form>
      {looked.value ? <What key={looked.value.source.remote_channel} {...looked.value} onBegun={onBegun} onDone={() => void (looked.value = null)} /> : null}
    </>
  );
}

type WhatProps = { source: ImportSource; found: ImportFound; onBegun: () => Promise<void>; onDone: () => void };

/** What was found, and what of it stays as it is. */
function What({ source, found, onBegun, onDone }: WhatProps) {
  const sameId = useSignal(true);
  const sameKeys = useSignal(found.knows_write_key || found.read_keys > 0);
  const sending = useSending();
  const bring = async () => {
    await post<Import>(`${API}/imports`, { source, same_id: sameId.value, same_keys: sameKeys.value }, PATIENCE);
    onDone();
    await onBegun();
  };
  const keys = found.knows_write_key
    ? "A sketch that has them needs nothing changed but the host."
    : "Only the read key is known: the write key will be another, unless you give the user key above.";
  return (
    <section class="import-found" aria-label="What is there">
      <h3>{found.name}</h3>
      <p>{found.fields.filter((label) => label !== "").join(", ") || "No field has a label."}</p>
      <p class="soft">
        {found.entries === 0 ? "No entries yet" : `About ${found.entries.toLocaleString("en-GB")} entries`}
        {found.first_at !== null && found.last_at !== null ? `, from ${day(found.first_at)} to ${day(found.last_at)}` : ""}
        {found.public ? "; public, and so it will be here" : ""}.
      </p>
      <Form sending={sending} onSend={bring} label="Bring it here">
        <Check label={`Keep its number, ${source.remote_channel}`} checked={sameId} />
        {found.knows_write_key || found.read_keys > 0 ? <Check label="Keep its keys" hint={keys} checked={sameKeys} /> : null}
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending}>Bring it all</Submit>
        </div>
      </Form>
    </section>
  );
}

const day = (at: number) => new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
