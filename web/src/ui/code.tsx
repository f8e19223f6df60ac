/** A command to be copied. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

type Props = { name: string; text: string };

export function Code({ name, text }: Props) {
  const copied = useSignal(false);
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    // The clipboard is for secure pages only; on a plain one the text is selected, ready for the keys.
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    if (code.current && done !== true) getSelection()?.selectAllChildren(code.current);
    copied.value = done === true || document.execCommand("copy");
    setTimeout(() => {
      copied.value = false;
    }, 2_000);
  };
  return (
    <div class="code">
      <pre>
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" onClick={() => void copy()}>
        <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
        <span class="hidden"> {name}</span>
      </button>
    </div>
  );
}
