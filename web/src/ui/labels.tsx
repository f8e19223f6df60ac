/** The labels of a channel's fields, one to eight, as they are typed. */

import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { PlusIcon } from "./icons";

export const FIELDS_MAX = 8;

type Props = { labels: Signal<string[]>; problem?: string | null; hint?: string };

export function Labels({ labels, problem, hint }: Props) {
  const list = useRef<HTMLFieldSetElement>(null);
  const many = labels.value.length;
  const focus = (index: number) => setTimeout(() => list.current?.querySelectorAll("input")[index]?.focus());
  return (
    <fieldset class="labels" ref={list}>
      <legend>Fields</legend>
      {labels.value.map((label, index) => (
        <div class="input-row" key={index}>
          <input
            class="input"
            aria-label={`Label of field ${index + 1}`}
            value={label}
            maxLength={255}
            placeholder={index === 0 ? "Temperature (°C)" : ""}
            aria-invalid={problem && label.trim() === "" ? true : undefined}
            aria-describedby={problem ? "labels-problem" : "labels-hint"}
            onInput={(event) => {
              labels.value = labels.value.with(index, event.currentTarget.value);
            }}
          />
          {many > 1 ? (
            <button
              type="button"
              class="button"
              data-kind="soft"
              aria-label={`Remove field ${index + 1}`}
              onClick={() => {
                labels.value = labels.value.toSpliced(index, 1);
                focus(Math.min(index, many - 2));
              }}
            >
              ✕
            </button>
          ) : null}
        </div>
      ))}
      <p class="hint" id="labels-hint">
        {hint ?? "A unit in brackets, as in Temperature (°C), is shown beside the value. Boards send field1, field2 and so on."}
      </p>
      {problem ? (
        <p class="wrong" id="labels-problem" role="alert">
          {problem}
        </p>
      ) : null}
      {many < FIELDS_MAX ? (
        <div>
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            onClick={() => {
              labels.value = [...labels.value, ""];
              focus(many);
            }}
          >
            <PlusIcon />
            Add a field
          </button>
        </div>
      ) : null}
    </fieldset>
  );
}
