/** Parts of forms: a field with its hint and what is wrong with it, a button that is busy, what the server refused. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { ApiError, inWords } from "../api/client";

type Common = {
  label: string;
  /** Said under the field before anything is wrong. */
  hint?: ComponentChildren;
  /** What is wrong, and how to put it right. */
  problem?: string | null | undefined;
};

type InputProps = Common & {
  value: Signal<string>;
  /** Typed after the value, such as a unit, or a button. */
  after?: ComponentChildren;
  type?: "text" | "password" | "search" | "url" | "number" | "time" | "datetime-local" | undefined;
  name?: string | undefined;
  autocomplete?: string | undefined;
  inputMode?: "numeric" | "decimal" | undefined;
  maxLength?: number | undefined;
  step?: string | undefined;
  placeholder?: string | undefined;
  spellcheck?: boolean | undefined;
  autocapitalize?: "none" | undefined;
  required?: boolean | undefined;
};

export function Input({ label, hint, problem, value, after, type = "text", ...more }: InputProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} problem={problem}>
      <div class="input-row">
        <input
          {...more}
          type={type as "text"}
          id={id}
          class="input"
          value={value.value}
          aria-invalid={problem ? true : undefined}
          aria-describedby={describedBy(id, hint, problem)}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
        {after}
      </div>
    </Labelled>
  );
}

type AreaProps = Common & { value: Signal<string>; rows?: number; placeholder?: string; spellcheck?: boolean };

/** A text of several lines. */
export function Area({ label, hint, problem, value, rows = 3, ...more }: AreaProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} problem={problem}>
      <textarea
        {...more}
        id={id}
        class="input"
        rows={rows}
        value={value.value}
        aria-invalid={problem ? true : undefined}
        aria-describedby={describedBy(id, hint, problem)}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
    </Labelled>
  );
}

type SelectProps = Common & { value: Signal<string>; children: ComponentChildren };

export function Select({ label, hint, problem, value, children }: SelectProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} problem={problem}>
      <select
        id={id}
        class="input"
        value={value.value}
        aria-invalid={problem ? true : undefined}
        aria-describedby={describedBy(id, hint, problem)}
        onChange={(event) => {
          value.value = event.currentTarget.value;
        }}
      >
        {children}
      </select>
    </Labelled>
  );
}

type CheckProps = { label: string; hint?: ComponentChildren; checked: Signal<boolean> };

export function Check({ label, hint, checked }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked.value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          checked.value = event.currentTarget.checked;
        }}
      />
      <div>
        <label for={id}>{label}</label>
        {hint ? (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  );
}

function Labelled({ id, label, hint, problem, children }: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      <p class="wrong" id={`${id}-problem`} role={problem ? "alert" : undefined}>
        {problem}
      </p>
    </div>
  );
}

function describedBy(id: string, hint: unknown, problem: unknown): string | undefined {
  const ids = [hint ? `${id}-hint` : "", problem ? `${id}-problem` : ""].filter((each) => each !== "");
  return ids.length > 0 ? ids.join(" ") : undefined;
}

/** Something that is sent to the server: whether it is on its way, and what was answered if that was a "no". */
export class Sending {
  constructor(
    readonly busy: Signal<boolean>,
    readonly error: Signal<unknown>,
  ) {}

  /** The refusal in words. */
  get problem(): string | null {
    return this.error.value === null ? null : inWords(this.error.value);
  }

  /** Runs one thing at a time; true if it went well. */
  async run(action: () => Promise<void>): Promise<boolean> {
    if (this.busy.peek()) return false;
    this.busy.value = true;
    this.error.value = null;
    try {
      await action();
      return true;
    } catch (error) {
      this.error.value = error ?? "Something went wrong.";
      return false;
    } finally {
      this.busy.value = false;
    }
  }
}

export function useSending(): Sending {
  const busy = useSignal(false);
  const error = useSignal<unknown>(null);
  return useRef(new Sending(busy, error)).current;
}

/** By which words a "no" speaks of a person's fields. */
export const PERSON = { password: /password/i, login: /name|user/i };

/**
 * Which of these fields a "no" speaks of, by its words: the server refuses as a whole. `null` if it is none of them, or
 * no matter of what was typed.
 */
export function speaksOf<Name extends string>(error: unknown, fields: Record<Name, RegExp>): Name | null {
  if (!(error instanceof ApiError) || !["bad_value", "taken", "sign_in_failed"].includes(error.code)) return null;
  const names = Object.keys(fields) as Name[];
  return names.find((name) => fields[name].test(error.message)) ?? null;
}

type FormProps = { sending: Sending; onSend: () => Promise<void>; children: ComponentChildren; label?: string };

/** A form that is sent by the page. What is wrong takes the focus to the first field that says so. */
export function Form({ sending, onSend, children, label }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form}
      class="form"
      noValidate
      aria-label={label}
      aria-busy={sending.busy.value}
      onSubmit={(event) => {
        event.preventDefault();
        void sending.run(onSend).then((done) => {
          if (!done) setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
        });
      }}
    >
      {children}
    </form>
  );
}

/** What was refused and belongs to no field. */
export function Refused({ children }: { children: ComponentChildren }) {
  return (
    <div role="alert" class="refused-room">
      {children ? <p class="refused">{children}</p> : null}
    </div>
  );
}

type SubmitProps = { sending: Sending; children: ComponentChildren; kind?: "strong" | "soft" | "grave" };

export function Submit({ sending, children, kind = "strong" }: SubmitProps) {
  return (
    <button type="submit" class="button" data-kind={kind} aria-disabled={sending.busy.value}>
      {children}
    </button>
  );
}
