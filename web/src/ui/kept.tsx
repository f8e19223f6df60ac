/** The number and keys that a sketch already has in it, for a channel that is to keep them. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError } from "../api/client";
import type { NewChannel } from "../api/contract";
import { Input, type Sending, speaksOf } from "./form";

export type Keeping = { id: Signal<string>; write: Signal<string>; read: Signal<string> };

export function useKeeping(): Keeping {
  return { id: useSignal(""), write: useSignal(""), read: useSignal("") };
}

/** What was typed, without what was left empty. Throws what a server would refuse if it can't be. */
export function kept({ id, write, read }: Keeping): Pick<NewChannel, "id" | "write_key" | "read_key"> {
  const [number, writes, reads] = [id, write, read].map((each) => each.value.trim());
  if (number && !/^[1-9]\d{0,17}$/.test(number)) {
    throw new ApiError(400, "A channel’s number has digits only, such as 1242207.", "bad_value");
  }
  return {
    ...(number && { id: Number(number) }),
    ...(writes && { write_key: writes }),
    ...(reads && { read_key: reads }),
  };
}

/** By which words a "no" speaks of them. */
const WORDS = { write: /write key/i, read: /read key/i, id: /number|\bid\b/i };

/** True if the server's "no" is about one of them, and is said there. */
export function speaksOfKept(error: unknown): boolean {
  return speaksOf(error, WORDS) !== null;
}

export function Kept({ keeping, sending }: { keeping: Keeping; sending: Sending }) {
  const about = speaksOf(sending.error.value, WORDS);
  const problem = (of: keyof typeof WORDS) => (about === of ? sending.problem : null);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    // What is wrong in here must be seen.
    if (about !== null && details.current) details.current.open = true;
  }, [about]);
  return (
    <details class="details" ref={details}>
      <summary>Keep the number and keys of a sketch</summary>
      <div class="form">
        <p class="hint">
          A sketch that has them in it needs nothing changed but the host. What is left empty is made up.
        </p>
        <Input label="Channel number" value={keeping.id} inputMode="numeric" placeholder="1242207" problem={problem("id")} />
        <Input label="Write key" value={keeping.write} problem={problem("write")} spellcheck={false} autocomplete="off" placeholder="16 letters and digits" />
        <Input label="Read key" value={keeping.read} problem={problem("read")} spellcheck={false} autocomplete="off" placeholder="16 letters and digits" />
      </div>
    </details>
  );
}
