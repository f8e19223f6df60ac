/** A command to be copied. */

import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";

type Props = { name: string; text: string };

export function Code({ name, text }: Props) {
  const code = useRef<HTMLElement>(null);
  return (
    <div class="code">
      <pre>
        <code ref={code}>{text}</code>
      </pre>
      <CopyButton name={name} text={text} code={code} />
    </div>
  );
}

type CopyProps = Props & {
  /** Where the text stands on the page. */
  code: RefObject<HTMLElement | null>;
};

export function CopyButton({ name, text, code }: CopyProps) {
  const copied = useSignal(false);
  const copy = async () => {
    // The clipboard is for secure pages only; on a plain one the text is selected, ready for the keys.
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    copied.value = done === true || copiedByHand(text, code.current);
    setTimeout(() => {
      copied.value = false;
    }, 2_000);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
      <span class="hidden"> {name}</span>
    </button>
  );
}

/** Copies what is selected: the text where it stands, or, if it stands nowhere, in a field that is there for a moment. */
function copiedByHand(text: string, code: HTMLElement | null): boolean {
  if (code !== null) {
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
