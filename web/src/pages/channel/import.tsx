/** Brings the entries of an exported file into a channel that is there already. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Detail } from "../../api/contract";
import { HEAD_BYTES, type Head, readHead } from "../../bring/csv";
import { sendExport } from "../../bring/send";
import { me } from "../../session";
import { Form, Refused, Submit, useSending } from "../../ui/form";
import { zoneHere } from "../../ui/zones";
import type { ChannelModel } from "./model";

export function Import({ model, detail }: { model: ChannelModel; detail: Detail }) {
  const chosen = useSignal<{ file: File; head: Head } | null>(null);
  const wrong = useSignal<string | null>(null);
  const share = useSignal<number | null>(null);
  const brought = useSignal<number | null>(null);
  const sending = useSending();
  const id = useId();
  const choose = async (file: File | undefined) => {
    [chosen.value, wrong.value, brought.value] = [null, null, null];
    if (file === undefined) return;
    const head = readHead(await file.slice(0, HEAD_BYTES).text());
    if (head === null) wrong.value = "This is no export of a channel: its first line must name created_at, and field1 or others up to field8.";
    else chosen.value = { file, head };
  };
  const bring = async () => {
    try {
      brought.value = await sendExport(model.id, chosen.value!.file, me.peek()!.api_key, me.peek()!.timezone ?? zoneHere(), (part) => {
        share.value = part;
      });
    } finally {
      share.value = null;
    }
    chosen.value = null;
    await model.renew();
  };
  const { file, head } = chosen.value ?? {};
  const unknown = head?.fields.filter((no) => !detail.fields.some((field) => field.no === no)) ?? [];
  return (
    <section class="panel sheet" aria-labelledby="import">
      <h2 id="import">Bring entries from a file</h2>
      <p class="soft">A CSV as this server or ThingSpeak exports it. Times, values and places are kept; what is here already stays.</p>
      <Form sending={sending} onSend={bring} label="Bring entries from a file">
        <div class="field">
          <label for={id}>CSV file</label>
          <input
            id={id}
            class="file"
            type="file"
            accept=".csv,text/csv"
            aria-invalid={wrong.value ? true : undefined}
            aria-describedby={`${id}-problem`}
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
          <p class="wrong" id={`${id}-problem`} role="alert">
            {wrong.value}
          </p>
        </div>
        {file && head ? (
          <p>
            It holds {head.fields.map((no) => `field ${no}`).join(", ")}
            {head.first ? `, from ${head.first} on` : ""}.
            {unknown.length > 0 ? ` Field ${unknown.join(" and ")} has no label here yet; give it one to see it.` : ""}
          </p>
        ) : null}
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          {file ? <Submit sending={sending}>Bring them in</Submit> : null}
          <p class="saved" role="status">
            {brought.value !== null
              ? `${brought.value.toLocaleString("en-GB")} entries brought in`
              : share.value === null
                ? null
                : share.value < 1
                  ? `${Math.floor(share.value * 100)} % sent`
                  : "Sent; being stored"}
          </p>
        </div>
      </Form>
    </section>
  );
}
