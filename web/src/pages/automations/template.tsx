/** A text of an action, and buttons that put into it what is known only when it acts. */

import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Card } from "../../api/contract";
import { Area, Input } from "../../ui/form";
import { parseLabel } from "../../ui/value";
import type { Draft } from "./draft";

type Props = {
  draft: Draft;
  channels: readonly Card[];
  label: string;
  value: Signal<string>;
  problem?: string | null | undefined;
  hint?: string;
  placeholder?: string;
  /** One line is enough. */
  line?: boolean;
};

export function Template({ draft, channels, label, value, line, ...more }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const insert = (placeholder: string) => {
    const area = root.current?.querySelector<HTMLTextAreaElement | HTMLInputElement>("textarea, input");
    const [from, to] = [area?.selectionStart ?? value.value.length, area?.selectionEnd ?? value.value.length];
    value.value = value.value.slice(0, from) + placeholder + value.value.slice(to);
    const caret = from + placeholder.length;
    setTimeout(() => {
      area?.focus();
      area?.setSelectionRange(caret, caret);
    });
  };
  const reacts = draft.kind.value === "react";
  return (
    <div class="template" ref={root}>
      {line ? <Input label={label} value={value} {...more} /> : <Area label={label} value={value} {...more} />}
      <div class="template-insert" role="group" aria-label={`Insert into ${label.toLowerCase()}`}>
        <span aria-hidden="true">Insert</span>
        {PLACEHOLDERS.filter(({ of }) => of === "all" || reacts).map(({ name, text }) => (
          <button key={text} type="button" class="insert" title={text} onClick={() => insert(text)}>
            {name}
          </button>
        ))}
        <select
          class="insert"
          aria-label="A value of a channel"
          value=""
          onChange={(event) => {
            if (event.currentTarget.value) insert(event.currentTarget.value);
            event.currentTarget.value = "";
          }}
        >
          <option value="">a channel’s value</option>
          {channels.map(({ id, name, fields }) => (
            <optgroup key={id} label={name}>
              {fields.map(({ no, label }) => (
                <option key={no} value={`%%channel_${id}_field_${no}%%`}>
                  {parseLabel(label).name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
    </div>
  );
}

const PLACEHOLDERS = [
  { name: "what it reacted to", text: "%%trigger%%", of: "react" },
  { name: "the time", text: "%%datetime%%", of: "all" },
  { name: "the channel’s number", text: "%%channel_id%%", of: "react" },
] as const;
