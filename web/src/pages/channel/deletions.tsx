/** The ways to delete more than one entry: those that were chosen, and all of a stretch of time. */

import { useSignal } from "@preact/signals";
import { inWords } from "../../api/client";
import type { Entry } from "../../api/contract";
import { Dialog } from "../../ui/dialog";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { type Corrections, many, MOST_UNDONE, named } from "./corrections";
import type { ChannelModel } from "./model";
import type { Stretch } from "./range";

export function DeleteSelected({ corrections, chosen, onDone }: { corrections: Corrections; chosen: readonly Entry[]; onDone: () => void }) {
  const problem = useSignal<string | null>(null);
  if (chosen.length === 0) return <p class="soft">Choose entries to delete them.</p>;
  return (
    <>
      <p role="status">{named(chosen)} chosen</p>
      <button
        type="button"
        class="button"
        data-kind="grave"
        data-size="small"
        onClick={() =>
          void corrections.delete(chosen).then(onDone, (error) => {
            problem.value = inWords(error);
          })
        }
      >
        Delete {named(chosen).toLowerCase()}
      </button>
      <button type="button" class="button" data-kind="soft" data-size="small" onClick={onDone}>
        Choose none
      </button>
      <p class="wrong" role="alert">
        {problem.value}
      </p>
    </>
  );
}

export function DeleteStretch({ model, corrections }: { model: ChannelModel; corrections: Corrections }) {
  const open = useSignal(false);
  return (
    <>
      <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (open.value = true)}>
        Delete a stretch
      </button>
      {open.value ? <StretchDialog model={model} corrections={corrections} onClose={() => void (open.value = false)} /> : null}
    </>
  );
}

type StretchProps = { model: ChannelModel; corrections: Corrections; onClose: () => void };

/** Asks from when to when, counts what that is, and asks once more by that number. */
function StretchDialog({ model, corrections, onClose }: StretchProps) {
  const { clock } = model;
  const [start, end] = model.window();
  const from = useSignal(clock.wallSecond(start));
  const until = useSignal(clock.wallSecond(end));
  const found = useSignal<{ stretch: Stretch; count: number } | null>(null);
  const problem = useSignal<string | null>(null);
  const sending = useSending();
  const count = async () => {
    const stretch: Stretch = [clock.fromWall(from.value), clock.fromWall(until.value) + 0.999];
    problem.value = stretch.some(Number.isNaN) ? "Both must be a date and a time." : stretch[0] < stretch[1] ? null : "The end must not be before the beginning.";
    if (problem.value) throw new Error();
    found.value = { stretch, count: await corrections.count(stretch) };
  };
  const refused = <Refused>{problem.value ? null : sending.problem}</Refused>;
  const { stretch, count: total = 0 } = found.value ?? {};
  if (stretch && total > 0) {
    const say = (time: number) => `${clock.day(time)}, ${clock.time(time)}`;
    return (
      <Dialog title={`Delete ${many(total)}?`} onClose={onClose}>
        <p>
          Delete {many(total)} between {say(stretch[0])} and {say(stretch[1])}.{" "}
          {total > MOST_UNDONE ? "That is too many to be put back afterwards." : "You can undo it for a moment."}
        </p>
        <Form sending={sending} label="Delete the stretch" onSend={() => corrections.deleteBetween(stretch).then(onClose)}>
          {refused}
          <div class="buttons">
            <Submit sending={sending} kind="grave">
              Delete {many(total)}
            </Submit>
            <button type="button" class="button" data-kind="soft" onClick={onClose}>
              Keep them
            </button>
          </div>
        </Form>
      </Dialog>
    );
  }
  return (
    <Dialog title="Delete a stretch" onClose={onClose}>
      <Form sending={sending} label="A stretch to delete" onSend={count}>
        <div class="range-inputs">
          <Input label="From" type="datetime-local" step="1" value={from} required />
          <Input label="To" type="datetime-local" step="1" value={until} required problem={problem.value} />
        </div>
        <p class="hint">Times are in {clock.zone}. You see how many entries that is before anything is deleted.</p>
        {stretch ? <p role="status">There is no entry between these times.</p> : null}
        {refused}
        <div class="buttons">
          <Submit sending={sending}>Count them</Submit>
          <button type="button" class="button" data-kind="soft" onClick={onClose}>
            Cancel
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
