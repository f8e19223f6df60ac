/** How a part of a channel's settings is sent: the call, its button, and the word when it is kept. */

import { type Signal, useSignal } from "@preact/signals";
import { API, patch } from "../../api/client";
import type { Detail } from "../../api/contract";
import { Refused, Submit, useSending } from "../../ui/form";
import type { ChannelModel } from "./model";

/** Sends a part of the settings, and says when it is kept. */
export function useSaving(model: ChannelModel) {
  const sending = useSending();
  const saved = useSignal(false);
  return {
    sending,
    saved,
    save: async (part: object) => {
      saved.value = false;
      model.learn(await patch<Detail>(`${API}/channels/${model.id}`, part));
      saved.value = true;
      setTimeout(() => void (saved.value = false), 3_000);
    },
  };
}

export function Saved({ sending, saved, children }: { sending: ReturnType<typeof useSending>; saved: Signal<boolean>; children: string }) {
  return (
    <>
      <Refused>{sending.problem}</Refused>
      <div class="buttons">
        <Submit sending={sending}>{children}</Submit>
        <span role="status" class="saved">
          {saved.value ? "Saved" : ""}
        </span>
      </div>
    </>
  );
}
