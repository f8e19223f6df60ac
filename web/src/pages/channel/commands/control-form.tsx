/** A control as it is made or changed, in its own place. */

import { useSignal } from "@preact/signals";
import { ApiError } from "../../../api/client";
import type { Control } from "../../../api/contract";
import { Confirm } from "../../../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../../../ui/form";
import { made, type Typed, type Wrong } from "./typed";

type Props = {
  /** `null` for a new one. */
  control: Control | null;
  onSave: (control: Control) => Promise<void>;
  onRemove?: () => Promise<void>;
  onCancel: () => void;
};

const KINDS: { kind: Control["kind"]; name: string; about: string }[] = [
  { kind: "switch", name: "Switch", about: "Two commands: one for on, one for off." },
  { kind: "button", name: "Button", about: "One command, each time it is pressed." },
  { kind: "slider", name: "Slider", about: "A command with a number in it, sent when you let go." },
];

export function ControlForm({ control, onSave, onRemove, onCancel }: Props) {
  const kind = useSignal<Control["kind"]>(control?.kind ?? "switch");
  const label = useSignal(control?.label ?? "");
  const on = useSignal(control?.kind === "switch" ? control.on : "ON");
  const off = useSignal(control?.kind === "switch" ? control.off : "OFF");
  const button = useSignal(control?.kind === "button" ? control.command : "");
  const slider = useSignal(control?.kind === "slider" ? control.command : "SET {value}");
  const [min, max, step] = [
    useSignal(control?.kind === "slider" ? String(control.min) : "0"),
    useSignal(control?.kind === "slider" ? String(control.max) : "100"),
    useSignal(control?.kind === "slider" ? String(control.step) : "1"),
  ];
  const wrong = useSignal<Wrong>({});
  const sending = useSending();
  const removing = useSending();
  const send = async () => {
    const typed: Typed = {
      kind: kind.value,
      label: label.value,
      on: on.value,
      off: off.value,
      command: kind.value === "slider" ? slider.value : button.value,
      min: min.value,
      max: max.value,
      step: step.value,
    };
    const result = made(typed);
    wrong.value = result.wrong;
    if (result.control === null) throw new ApiError(400, "", "empty");
    await onSave(result.control);
  };
  const own = sending.error.value instanceof ApiError && sending.error.value.code === "empty";
  return (
    <Form label={control ? `Change ${control.label}` : "A new control"} sending={sending} onSend={send}>
      {control === null ? (
        <fieldset class="choices">
          <legend>What is it?</legend>
          {KINDS.map((each) => (
            <label key={each.kind}>
              <input type="radio" name="control-kind" checked={kind.value === each.kind} onChange={() => void (kind.value = each.kind)} />
              <span>{each.name}</span>
            </label>
          ))}
        </fieldset>
      ) : null}
      <Input
        label="Name"
        value={label}
        maxLength={64}
        placeholder={{ switch: "Pump", button: "Water now", slider: "Fan speed" }[kind.value]}
        hint={control === null ? KINDS.find((each) => each.kind === kind.value)?.about : undefined}
        problem={wrong.value.label}
      />
      {kind.value === "switch" ? (
        <div class="input-two">
          <Input label="Command for on" value={on} maxLength={255} spellcheck={false} problem={wrong.value.on} />
          <Input label="Command for off" value={off} maxLength={255} spellcheck={false} problem={wrong.value.off} />
        </div>
      ) : kind.value === "button" ? (
        <Input label="Command" value={button} maxLength={255} spellcheck={false} placeholder="WATER" problem={wrong.value.command} />
      ) : (
        <>
          <Input label="Command" value={slider} maxLength={255} spellcheck={false} hint="{value} becomes the number." problem={wrong.value.command} />
          <div class="input-three">
            <Input label="From" value={min} inputMode="decimal" problem={wrong.value.min} />
            <Input label="To" value={max} inputMode="decimal" problem={wrong.value.max} />
            <Input label="Step" value={step} inputMode="decimal" problem={wrong.value.step} />
          </div>
        </>
      )}
      <Refused>{own ? null : sending.problem}</Refused>
      <div class="buttons">
        <Submit sending={sending}>{control ? "Save" : "Add it"}</Submit>
        <button type="button" class="button" data-kind="soft" onClick={onCancel}>
          Cancel
        </button>
      </div>
      {onRemove ? (
        <>
          <Confirm
            name="Remove"
            about={control?.label ?? ""}
            question="The commands it gave stay in the list."
            yes="Remove it"
            onYes={() => removing.run(onRemove)}
          />
          <Refused>{removing.problem}</Refused>
        </>
      ) : null}
    </Form>
  );
}
