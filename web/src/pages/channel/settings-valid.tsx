/** Which values of each field are believed: a sensor that is torn off sends −127, and the chart should not go there. */

import { type Signal, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Detail, Valid } from "../../api/contract";
import { Form } from "../../ui/form";
import type { ChannelModel } from "./model";
import { Saved, useSaving } from "./saving";

type Bounds = { no: number; label: string; min: Signal<string>; max: Signal<string>; refuse: Signal<string> };

export function ValidRanges({ model, detail }: { model: ChannelModel; detail: Detail }) {
  const [fields] = useState<Bounds[]>(() =>
    detail.fields.map(({ no, label, valid }) => ({
      no,
      label,
      min: signal(String(valid?.min ?? "")),
      max: signal(String(valid?.max ?? "")),
      refuse: signal(valid?.refuse ? "refuse" : "hide"),
    })),
  );
  const saving = useSaving(model);
  return (
    <section class="panel sheet" aria-labelledby="valid">
      <h2 id="valid">What can be true</h2>
      <p class="soft">
        The lowest and the highest value that each field can really have. A sensor that comes loose often sends −127 or 85: values outside
        are kept, but charts and means leave them out, and say how many. Or the whole update is refused.
      </p>
      <Form
        label="What can be true"
        sending={saving.sending}
        onSend={() => saving.save({ valid: Object.fromEntries(fields.map((field) => [field.no, validOf(field)])) })}
      >
        {fields.map((field) => (
          <Range key={field.no} {...field} />
        ))}
        <Saved {...saving}>Save ranges</Saved>
      </Form>
    </section>
  );
}

function Range({ label, min, max, refuse }: Bounds) {
  return (
    <fieldset class="step">
      <legend>{label}</legend>
      <Bound name={`Lowest, ${label}`} shown="from" value={min} />
      <Bound name={`Highest, ${label}`} shown="to" value={max} />
      <select
        class="input"
        aria-label={`Values outside, ${label}`}
        value={refuse.value}
        disabled={min.value.trim() === "" && max.value.trim() === ""}
        onChange={(event) => void (refuse.value = event.currentTarget.value)}
      >
        <option value="hide">keep others, but hide them</option>
        <option value="refuse">refuse the update</option>
      </select>
    </fieldset>
  );
}

function Bound({ name, shown, value }: { name: string; shown: string; value: Signal<string> }) {
  return (
    <>
      <span class="step-until" aria-hidden="true">
        {shown}
      </span>
      <input
        class="input"
        aria-label={name}
        inputMode="text"
        placeholder="any"
        value={value.value}
        onInput={(event) => void (value.value = event.currentTarget.value)}
      />
    </>
  );
}

/** What was typed, as the server takes it; `null` if every value can be true. */
function validOf({ label, min, max, refuse }: Bounds): Valid | null {
  const [lowest, highest] = [bound(min.value, label), bound(max.value, label)];
  if (lowest === null && highest === null) return null;
  if (lowest !== null && highest !== null && lowest > highest) throw new Error(`${label}: the lowest value is above the highest.`);
  return { min: lowest, max: highest, refuse: refuse.value === "refuse" };
}

function bound(text: string, label: string): number | null {
  const typed = text.trim().replace(",", ".").replace("−", "-");
  if (typed === "") return null;
  const number = Number(typed);
  if (!Number.isFinite(number)) throw new Error(`${label}: a bound is a number, such as -40, or left empty.`);
  return number;
}
