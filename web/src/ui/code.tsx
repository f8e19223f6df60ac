/** A command to be copied. */

import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { copy } from "./copy";

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
  const take = async () => {
    copied.value = await copy(text);
    // Where nothing may be put into the clipboard the text is selected, ready for the keys.
    if (code.current && !copied.value) getSelection()?.selectAllChildren(code.current);
    setTimeout(() => {
      copied.value = false;
    }, 2_000);
  };
  return (
    <button type="button" class="copy" onClick={() => void take()}>
      <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
      <span class="hidden"> {name}</span>
    </button>
  );
}
