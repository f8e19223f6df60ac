/** A button for what can't be undone: it asks once more, in its own place. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

type Props = {
  /** What the button says. */
  name: string;
  /** Whom or what it is about, for those who do not see what it stands beside. */
  about?: string;
  /** What is asked. */
  question: string;
  yes: string;
  onYes: () => Promise<unknown>;
};

export function Confirm({ name, about, question, yes, onYes }: Props) {
  const asked = useSignal(false);
  const first = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const before = useRef(false);
  useEffect(() => {
    if (asked.value) keep.current?.focus();
    else if (before.current) first.current?.focus();
    before.current = asked.value;
  }, [asked.value]);
  const close = () => {
    asked.value = false;
  };
  if (!asked.value) {
    return (
      <button
        ref={first}
        type="button"
        class="button"
        data-kind="soft"
        data-size="small"
        onClick={() => {
          asked.value = true;
        }}
      >
        {name}
        {about ? <span class="hidden"> {about}</span> : null}
      </button>
    );
  }
  return (
    <div
      class="confirm"
      role="group"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <p>{question}</p>
      <button type="button" class="button" data-kind="grave" data-size="small" onClick={() => void onYes().finally(close)}>
        {yes}
      </button>
      <button ref={keep} type="button" class="button" data-kind="soft" data-size="small" onClick={close}>
        Cancel
      </button>
    </div>
  );
}
