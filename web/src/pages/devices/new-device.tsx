/** Makes a device: what it is called, and what it may do. */

import { useSignal } from "@preact/signals";
import { ApiError } from "../../api/client";
import type { Right } from "../../api/contract";
import { Dialog } from "../../ui/dialog";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import type { Devices } from "./devices";
import { plain } from "./rights";
import { RightsTable } from "./rights-table";

export function NewDeviceDialog({ devices, onClose }: { devices: Devices; onClose: () => void }) {
  const name = useSignal("");
  const rights = useSignal<Right[]>([{ channel: null, publish: true, subscribe: true }]);
  const wrong = useSignal<string | null>(null);
  const sending = useSending();
  return (
    <Dialog title="New device" onClose={onClose}>
      <Form
        label="A new device"
        sending={sending}
        onSend={async () => {
          wrong.value = name.value.trim() === "" ? "Give it a name, such as the board’s or the room’s." : null;
          if (wrong.value !== null) throw new ApiError(400, "", "empty");
          await devices.make(name.value.trim(), plain(rights.value));
          onClose();
        }}
      >
        <Input
          label="Name"
          value={name}
          maxLength={80}
          placeholder="Plug in the kitchen"
          hint="One for each board, so that you can take it back from one alone."
          problem={wrong.value}
        />
        <div class="field">
          <p class="field-name">What it may do</p>
          <RightsTable rights={rights} channels={devices.channels.value} />
        </div>
        <Refused>{wrong.value === null ? sending.problem : null}</Refused>
        <div class="buttons">
          <Submit sending={sending}>Make it</Submit>
          <button type="button" class="button" data-kind="soft" onClick={onClose}>
            Cancel
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
