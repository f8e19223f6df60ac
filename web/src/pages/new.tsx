/** Makes a channel. */

import { useSignal } from "@preact/signals";
import { API, ApiError, post } from "../api/client";
import type { Detail, NewChannel } from "../api/contract";
import { FIRST_CHANNEL } from "../home/doors";
import { go } from "../router/router";
import { Check, Form, Input, Refused, Submit, useSending } from "../ui/form";
import { Labels } from "../ui/labels";
import { Kept, kept, speaksOfKept, useKeeping } from "../ui/kept";
import { Title } from "../ui/title";

export default function NewPage() {
  const name = useSignal("");
  const labels = useSignal([...FIRST_CHANNEL.fields]);
  const open = useSignal(false);
  const keeping = useKeeping();
  const wrong = useSignal<{ name?: string; labels?: string }>({});
  const sending = useSending();
  const send = async () => {
    const fields = labels.value.map((label) => label.trim());
    wrong.value = {
      ...(name.value.trim() === "" && { name: "Type a name, such as the place where the board will be." }),
      ...(fields.includes("") && { labels: "Give every field a label, or remove the empty one." }),
    };
    if (wrong.value.name || wrong.value.labels) throw new ApiError(400, "", "empty");
    const channel: NewChannel = { name: name.value.trim(), fields, public: open.value, ...kept(keeping) };
    const { id } = await post<Detail>(`${API}/channels`, channel);
    go(`/channels/${id}/connect`);
  };
  const empty = sending.error.value instanceof ApiError && sending.error.value.code === "empty";
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="New channel" />
        <p>A channel holds what one board, or one place, sends. Everything here can be changed later.</p>
      </div>
      <section class="panel section">
        <Form sending={sending} onSend={send} label="New channel">
          <Input label="Name" value={name} problem={wrong.value.name} maxLength={255} placeholder="Greenhouse" />
          <Labels labels={labels} problem={wrong.value.labels ?? null} />
          <Check
            label="Public"
            hint="Anybody who reaches this server may look at it. Writing needs its key all the same."
            checked={open}
          />
          <Kept keeping={keeping} sending={sending} />
          <Refused>{empty || speaksOfKept(sending.error.value) ? null : sending.problem}</Refused>
          <Submit sending={sending}>Make the channel</Submit>
        </Form>
      </section>
    </div>
  );
}
