/** Gives a channel's entries as a file, all of them or those of some days. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { withAccess } from "../../api/access";
import { API } from "../../api/client";
import type { Detail } from "../../api/contract";
import { Select } from "../../ui/form";

const HINTS = {
  csv: "As ThingSpeak exports it: whole seconds, fields with a label, place and status.",
  jsonl: "Everything: exact times, every value, an object on each line.",
};

export function Export({ detail }: { detail: Detail }) {
  const form = useSignal("csv");
  const from = useSignal("");
  const until = useSignal("");
  const id = useId();
  const kind = form.value === "jsonl" ? "jsonl" : "csv";
  const query = new URLSearchParams({
    ...(from.value && { start: `${from.value} 00:00:00` }),
    ...(until.value && { end: `${until.value} 23:59:59` }),
    ...(detail.timezone && { timezone: detail.timezone }),
    ...(kind === "csv" && { location: "true", status: "true" }),
  });
  const backwards = from.value !== "" && until.value !== "" && from.value > until.value;
  const day = (label: string, value: typeof from, problem: string | null) => (
    <div class="field">
      <label for={`${id}-${label}`}>{label}</label>
      <input
        id={`${id}-${label}`}
        class="input"
        type="date"
        value={value.value}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onInput={(event) => void (value.value = event.currentTarget.value)}
      />
    </div>
  );
  return (
    <section class="panel sheet" aria-labelledby="export">
      <h2 id="export">Export</h2>
      <Select label="Format" value={form} hint={HINTS[kind]}>
        <option value="csv">CSV</option>
        <option value="jsonl">JSON lines</option>
      </Select>
      <div class="export-days">
        {day("From", from, null)}
        {day("Up to", until, backwards ? "backwards" : null)}
      </div>
      <p class="wrong" id={`${id}-problem`} role="alert">
        {backwards ? "The first day lies after the last one." : null}
      </p>
      <div class="buttons">
        {backwards ? null : (
          <a
            class="button"
            data-kind="soft"
            href={withAccess(`${API}/channels/${detail.id}/entries.${kind}?${query}`)}
            download={`${detail.name}.${kind}`}
          >
            {from.value || until.value ? "Download these days" : "Download all"}
          </a>
        )}
      </div>
    </section>
  );
}
