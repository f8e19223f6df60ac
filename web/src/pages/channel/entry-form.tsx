/** A form in which an entry is corrected: its time, its values, its remark. */

import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ApiError } from "../../api/client";
import type { Detail, Entry } from "../../api/contract";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { parseLabel } from "../../ui/value";
import { type Corrections, difference } from "./corrections";
import type { ChannelModel } from "./model";

type Props = { model: ChannelModel; detail: Detail; corrections: Corrections; entry: Entry; onDone: () => void };

export function EntryForm({ model, detail, corrections, entry, onDone }: Props) {
  const { clock } = model;
  const shown = clock.wallSecond(entry.created_at / 1000);
  const time = useSignal(shown);
  const status = useSignal(entry.status ?? "");
  const values = useRef(new Map<number, Signal<string>>());
  const sending = useSending();
  const wrong = useSignal<"time" | null>(null);
  const send = async () => {
    const moment = time.value === shown ? null : Math.round(clock.fromWall(time.value) * 1000);
    wrong.value = Number.isNaN(moment) ? "time" : null;
    if (wrong.value) throw new Error();
    const texts = Object.fromEntries([...values.current].map(([no, { value }]) => [`field${no}`, value]));
    const change = difference(entry, moment, { ...texts, status: status.value });
    if (change !== null) await corrections.change(entry, change);
    onDone();
  };
  const about = spokenOf(sending.error.value, detail);
  return (
    <Form label={`Correct entry ${entry.entry_id}`} sending={sending} onSend={send}>
      <div class="entry-values">
        {detail.fields.map(({ no, label }) => (
          <Value key={no} no={no} label={label} text={entry.fields[no] ?? ""} values={values.current} problem={about === no ? sending.problem : null} />
        ))}
      </div>
      <Input
        label="Time"
        type="datetime-local"
        step="1"
        value={time}
        hint={`In ${clock.zone}.`}
        problem={wrong.value === "time" ? "This is no date and time." : about === "time" ? sending.problem : null}
      />
      {entry.status === undefined ? null : <Input label="Remark" value={status} />}
      <Refused>{about === null && wrong.value === null ? sending.problem : null}</Refused>
      <div class="buttons">
        <Submit sending={sending}>Save</Submit>
        <button type="button" class="button" data-kind="soft" onClick={onDone}>
          Cancel
        </button>
      </div>
    </Form>
  );
}

type ValueProps = { no: number; label: string; text: string; values: Map<number, Signal<string>>; problem: string | null };

function Value({ no, label, text, values, problem }: ValueProps) {
  const value = useSignal(text);
  values.set(no, value);
  const { name, unit } = parseLabel(label);
  return <Input label={unit ? `${name}, ${unit}` : name} value={value} problem={problem} autocomplete="off" spellcheck={false} />;
}

/** Which part of the form a "no" speaks of. */
function spokenOf(error: unknown, { fields }: Detail): number | "time" | null {
  if (!(error instanceof ApiError)) return null;
  const no = Number(/field\s*([1-8])/i.exec(error.message)?.[1]);
  if (fields.some((field) => field.no === no)) return no;
  return /created_at|\btime\b/i.test(error.message) ? "time" : null;
}
