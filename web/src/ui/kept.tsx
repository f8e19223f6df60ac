/** The number and keys that a sketch already has in it, for a channel that is to keep them. */

import { type Signal, useSignal } from "@preact/signals";
import type { NewChannel } from "../api/contract";
import { Input } from "./form";

export type Keeping = { id: Signal<string>; write: Signal<string>; read: Signal<string> };

export function useKeeping(): Keeping {
  return { id: useSignal(""), write: useSignal(""), read: useSignal("") };
}

/** What was typed, without what was left empty. */
export function kept({ id, write, read }: Keeping): Pick<NewChannel, "id" | "write_key" | "read_key"> {
  const [number, writes, reads] = [id, write, read].map((each) => each.value.trim());
  return {
    ...(number && { id: Number(number) }),
    ...(writes && { write_key: writes }),
    ...(reads && { read_key: reads }),
  };
}

export function Kept({ keeping }: { keeping: Keeping }) {
  return (
    <details class="details">
      <summary>Keep the number and keys of a sketch</summary>
      <div class="form">
        <p class="hint">
          A sketch that has them in it needs nothing changed but the host. What is left empty is made up.
        </p>
        <Input label="Channel number" value={keeping.id} inputMode="numeric" placeholder="1242207" />
        <Input label="Write key" value={keeping.write} spellcheck={false} autocomplete="off" placeholder="16 letters and digits" />
        <Input label="Read key" value={keeping.read} spellcheck={false} autocomplete="off" placeholder="16 letters and digits" />
      </div>
    </details>
  );
}
