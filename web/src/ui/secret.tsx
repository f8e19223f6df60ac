/** A key that nobody looking over a shoulder should read: shown when asked for, copied without being shown. */

import { useSignal } from "@preact/signals";
import { copy } from "./copy";

type Props = {
  /** What key it is, for those who hear the buttons alone. */
  name: string;
  value: string;
  testId?: string;
};

export function Secret({ name, value, testId }: Props) {
  const open = useSignal(false);
  const copied = useSignal(false);
  return (
    <div class="secret">
      <code data-testid={testId} aria-label={open.value ? undefined : `${name}, hidden`} role={open.value ? undefined : "img"}>
        {open.value ? value : "•".repeat(value.length)}
      </code>
      <button
        type="button"
        class="button"
        data-kind="soft"
        data-size="small"
        aria-pressed={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {open.value ? "Hide" : "Show"}
        <span class="hidden"> {name}</span>
      </button>
      <button
        type="button"
        class="button"
        data-kind="soft"
        data-size="small"
        onClick={() =>
          void copy(value).then((done) => {
            copied.value = done;
            // What can't be put into the clipboard can be read.
            if (!done) open.value = true;
            setTimeout(() => void (copied.value = false), 2_000);
          })
        }
      >
        <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
        <span class="hidden"> {name}</span>
      </button>
    </div>
  );
}
