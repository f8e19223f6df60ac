/** Brings a ThingSpeak channel here: from the service itself, or by the file that its website exports. */

import { useSignal } from "@preact/signals";
import { API, ApiError, post } from "../api/client";
import type { Detail, NewChannel } from "../api/contract";
import { FromCloud } from "../bring/cloud";
import { HEAD_BYTES, type Head, nameOf, readHead } from "../bring/csv";
import { Jobs, useImports } from "../bring/jobs";
import { sendExport } from "../bring/send";
import { go } from "../router/router";
import { me } from "../session";
import "../style/bring.css";
import { Form, Input, Refused, Submit, useSending } from "../ui/form";
import { Kept, kept, speaksOfKept, useKeeping } from "../ui/kept";
import { Labels } from "../ui/labels";
import { Title } from "../ui/title";
import { zoneHere } from "../ui/zones";

type Chosen = { file: File; head: Head };

export default function ImportPage() {
  const chosen = useSignal<Chosen | null>(null);
  const wrong = useSignal<string | null>(null);
  const choose = async (file: File | undefined) => {
    chosen.value = null;
    wrong.value = null;
    if (file === undefined) return;
    const head = readHead(await file.slice(0, HEAD_BYTES).text());
    if (head === null) {
      wrong.value =
        "This is not an export of a channel: its first line must name created_at, entry_id, field1 and so on. On ThingSpeak it comes from “Data Import / Export”, “Download”.";
      return;
    }
    chosen.value = { file, head };
  };
  const imports = useImports();
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Bring a ThingSpeak channel" />
        <p>
          With its whole history: every entry with its number, time, values and place. It may take a while, and goes on when you close
          this page.
        </p>
      </div>
      <Jobs imports={imports} />
      <section class="panel section" aria-labelledby="from-cloud">
        <h2 id="from-cloud">From ThingSpeak directly</h2>
        <FromCloud onBegun={imports.load} />
      </section>
      <section class="panel section" aria-labelledby="from-file">
        <h2 id="from-file">From a file</h2>
        <p class="section-text">
          On ThingSpeak, open your channel, then “Data Import / Export”, and download its feed as CSV. Its entries are numbered anew, in
          their order.
        </p>
        <div class="field">
          <label for="export-file">The file</label>
          <input
            id="export-file"
            class="file"
            type="file"
            accept=".csv,text/csv"
            aria-invalid={wrong.value ? true : undefined}
            aria-describedby="export-problem"
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
          <p class="wrong" id="export-problem" role="alert">
            {wrong.value}
          </p>
        </div>
        {chosen.value ? <NewHome key={chosen.value.file.name} chosen={chosen.value} /> : null}
      </section>
    </div>
  );
}

/** The channel that the file goes into. */
function NewHome({ chosen: { file, head } }: { chosen: Chosen }) {
  const name = useSignal(nameOf(file.name));
  const labels = useSignal(Array.from({ length: Math.max(...head.fields) }, (_, index) => `Field ${index + 1}`));
  const keeping = useKeeping();
  const empty = useSignal<string | null>(null);
  const share = useSignal<number | null>(null);
  /** Made already, by an attempt that broke off afterwards. */
  const made = useSignal<number | null>(null);
  const sending = useSending();
  const send = async () => {
    empty.value = name.value.trim() === "" ? "Type a name for the channel." : null;
    if (empty.value !== null) throw new ApiError(400, "", "empty");
    const fields = labels.value.map((label, index) => label.trim() || `Field ${index + 1}`);
    const channel: NewChannel = { name: name.value.trim(), fields, ...kept(keeping) };
    made.value ??= (await post<Detail>(`${API}/channels`, channel)).id;
    const { api_key: key, timezone } = me.peek()!;
    try {
      await sendExport(made.value, file, key, timezone ?? zoneHere(), (part) => {
        share.value = part;
      });
    } finally {
      share.value = null;
    }
    go(`/channels/${made.value}`);
  };
  return (
    <Form sending={sending} onSend={send} label="The channel">
      <p class="section-text">
        {file.name}, {size(file.size)}
        {head.first ? `, from ${head.first} on` : ""}.
      </p>
      <Input label="Name" value={name} problem={empty.value} maxLength={255} />
      <Labels labels={labels} hint="The file does not tell what its fields are called." />
      <Kept keeping={keeping} sending={sending} />
      <Refused>{empty.value !== null || speaksOfKept(sending.error.value) ? null : sending.problem}</Refused>
      <div class="buttons">
        <Submit sending={sending}>Bring it here</Submit>
        <p class="done" role="status">
          {share.value === null ? null : share.value < 1 ? `${Math.floor(share.value * 100)} % sent` : "Sent; being stored"}
        </p>
      </div>
    </Form>
  );
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
