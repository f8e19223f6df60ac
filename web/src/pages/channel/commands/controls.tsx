/** The controls of a TalkBack: a switch, a button, a slider each shows what the board has, and apart from it what it is asked for. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Control, TalkBack } from "../../../api/contract";
import { now } from "../../../live/clock";
import { Refused, type Sending, useSending } from "../../../ui/form";
import { EditIcon, PlusIcon } from "../../../ui/icons";
import { ControlForm } from "./control-form";
import { type Standing, standing, type Wish } from "./standing";
import type { TalkBacks } from "./talkbacks";
import { Way } from "./way";

type Props = { talkbacks: TalkBacks; of: TalkBack; writes: boolean };

export function Controls({ talkbacks, of, writes }: Props) {
  /** Which control is being changed; its number is one past the last for a new one. */
  const open = useSignal<number | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const many = of.controls.length;
  const close = (at: number) => {
    open.value = null;
    // The focus goes back to where it came from; what was taken out leaves it to its neighbour.
    setTimeout(() => list.current?.querySelectorAll<HTMLElement>("[data-opens]")[at]?.focus());
  };
  const put = async (controls: Control[], at: number) => {
    await talkbacks.change(of.id, { controls });
    close(at);
  };
  return (
    <ul class="controls" ref={list}>
      {of.controls.map((control, at) => (
        <li key={at} class="control" data-kind={control.kind} data-testid={`control-${control.label}`}>
          {open.value === at ? (
            <ControlForm
              control={control}
              onSave={(changed) => put(of.controls.with(at, changed), at)}
              onRemove={() => put(of.controls.toSpliced(at, 1), Math.max(0, at - 1))}
              onCancel={() => close(at)}
            />
          ) : (
            <One talkbacks={talkbacks} of={of} control={control} writes={writes}>
              {writes ? (
                <button type="button" class="control-edit" data-opens aria-label={`Change ${control.label}`} onClick={() => void (open.value = at)}>
                  <EditIcon />
                </button>
              ) : null}
            </One>
          )}
        </li>
      ))}
      {writes ? (
        <li class="control control-new">
          {open.value === many ? (
            <ControlForm control={null} onSave={(made) => put([...of.controls, made], many)} onCancel={() => close(many)} />
          ) : (
            <button type="button" class="control-add" data-opens onClick={() => void (open.value = many)}>
              <PlusIcon />
              Add a control
            </button>
          )}
        </li>
      ) : many === 0 ? (
        <li class="soft">There are none yet.</li>
      ) : null}
    </ul>
  );
}

type OneProps = Props & { control: Control; children: ComponentChildren };

function One({ talkbacks, of, control, writes, children }: OneProps) {
  const sending = useSending();
  const id = useId();
  const stands = standing(control, talkbacks.commands.value ?? [], now.value);
  const ask = async (wish: Wish) =>
    writes && (await sending.run(() => talkbacks.ask(of.id, control, wish, stands.is?.wish ?? null, now.peek())));
  const parts: PartProps = { id, control, stands, ask, writes, sending };
  return (
    <>
      <div class="control-head">
        <h3 id={`${id}-name`}>{control.label}</h3>
        {children}
      </div>
      {control.kind === "switch" ? <Switch {...parts} /> : control.kind === "button" ? <Push {...parts} /> : <Slide {...parts} control={control} />}
      <div class="control-state" id={`${id}-state`}>
        <State control={control} stands={stands} sending={sending} />
      </div>
      {writes && stands.asked !== null ? (
        <button
          type="button"
          class="link control-cancel"
          onClick={() => void sending.run(async () => void (await talkbacks.cancel(stands.asked!.command)))}
        >
          Take it back<span class="hidden">: {control.label}</span>
        </button>
      ) : null}
      <Refused>{sending.problem}</Refused>
    </>
  );
}

type PartProps = {
  id: string;
  control: Control;
  stands: Standing;
  /** True if it was taken. */
  ask: (wish: Wish) => Promise<boolean>;
  writes: boolean;
  sending: Sending;
};

/** Its thumb stands where the board is. Where it is asked to go is drawn as a ring. */
function Switch({ id, stands: { is, asked }, ask, writes }: PartProps) {
  const on = is?.wish === true;
  const wanted = (asked ?? is)?.wish === true;
  return (
    <button
      type="button"
      role="switch"
      class="big-switch"
      aria-checked={on}
      aria-labelledby={`${id}-name`}
      aria-describedby={`${id}-state`}
      aria-disabled={writes ? undefined : true}
      data-is={is === null ? "unknown" : on ? "on" : "off"}
      data-asked={asked === null ? undefined : asked.wish === true ? "on" : "off"}
      onClick={() => void ask(!wanted)}
    >
      <span class="big-switch-track" aria-hidden="true">
        <span class="big-switch-thumb" />
        <span class="big-switch-ring" />
      </span>
      <span class="big-switch-word">{is === null ? "Not known" : on ? "On" : "Off"}</span>
    </button>
  );
}

function Push({ id, control, ask, writes, sending }: PartProps) {
  return (
    <button
      type="button"
      class="button control-push"
      aria-labelledby={`${id}-push ${id}-name`}
      aria-describedby={`${id}-state`}
      aria-disabled={!writes || sending.busy.value ? true : undefined}
      data-closed={writes ? undefined : true}
      onClick={() => void ask("press")}
    >
      <span class="control-push-words" id={`${id}-push`}>
        Press <code>{control.kind === "button" ? control.command : ""}</code>
      </span>
    </button>
  );
}

/** How long keys may rest before what they have set is sent, in milliseconds. */
const KEYS_REST = 700;

function Slide({ id, control, stands: { is, asked }, ask, writes }: PartProps & { control: Extract<Control, { kind: "slider" }> }) {
  const held = useSignal<number | null>(null);
  const hand = useRef(false);
  const moved = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const wanted = (asked ?? is)?.wish;
  useEffect(() => () => clearTimeout(timer.current), []);
  // What was sent is known by now: from here on the slider shows what is, unless it has been moved again.
  useEffect(() => {
    if (!moved.current) held.value = null;
  }, [asked?.command.id, is?.command.id]);
  const { min, max, step } = control;
  const has = typeof is?.wish === "number" ? is.wish : null;
  const shown = held.value ?? (typeof wanted === "number" ? wanted : min);
  const rest = () => {
    clearTimeout(timer.current);
    if (!moved.current || held.peek() === null) return;
    moved.current = false;
    void ask(held.peek()!).then((taken) => {
      if (!taken) held.value = null;
    });
  };
  const share = (value: number) => Math.min(1, Math.max(0, (value - min) / (max - min || 1)));
  return (
    <div class="slider control-slider">
      <output for={`${id}-slider`}>{held.value === null && wanted === undefined ? "Not known" : String(shown)}</output>
      <span class="control-range">
        {min} – {max}
      </span>
      <div class="control-slide">
        <input
          id={`${id}-slider`}
          type="range"
          min={min}
          max={max}
          step={step}
          value={shown}
          disabled={!writes}
          style={{ "--share": String(share(shown)) }}
          aria-labelledby={`${id}-name`}
          aria-describedby={`${id}-state`}
          onPointerDown={() => void (hand.current = true)}
          onInput={(event) => {
            moved.current = true;
            held.value = event.currentTarget.valueAsNumber;
          }}
          onChange={() => {
            clearTimeout(timer.current);
            // A hand lets go once; keys come to rest.
            if (hand.current) rest();
            else timer.current = setTimeout(rest, KEYS_REST);
            hand.current = false;
          }}
          onBlur={rest}
        />
        {has !== null && has !== shown ? <span class="control-has" style={{ "--share": String(share(has)) }} aria-hidden="true" /> : null}
      </div>
    </div>
  );
}

/** In words, for eyes and ears alike. */
function State({ control, stands: { is, asked, missed }, sending }: { control: Control; stands: Standing; sending: Sending }) {
  const named = (wish: Wish) => (wish === true ? "On" : wish === false ? "Off" : wish === "press" ? "Press" : String(wish));
  const push = control.kind === "button";
  return (
    <>
      {asked !== null ? (
        <Way command={asked.command} lead={push ? "" : `${named(asked.wish)} is`} />
      ) : sending.busy.value ? (
        <span class="way-of">Sending…</span>
      ) : missed !== null ? (
        <Way command={missed.command} lead={push ? "" : `${named(missed.wish)} was asked for,`} />
      ) : null}
      {is !== null ? (
        <Way command={is.command} lead={control.kind === "slider" ? `${named(is.wish)} was` : ""} />
      ) : asked === null && missed === null && !sending.busy.value ? (
        <span class="way-of">{push ? "Not pressed yet" : "The board has not been told yet"}</span>
      ) : null}
    </>
  );
}
