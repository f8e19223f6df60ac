/** The fields of a request to an address in the web: of a webhook, and of a ThingHTTP request. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { me, server } from "../../session";
import { Check, Input, Select } from "../../ui/form";
import { PlusIcon } from "../../ui/icons";
import { MASK, type Wrong } from "./draft";
import { Fold } from "./fold";

export type CallSignals = {
  method: Signal<string>;
  url: Signal<string>;
  headers: Signal<[string, string][]>;
  user: Signal<string>;
  password: Signal<string>;
  private: Signal<boolean>;
};

type Props = { call: CallSignals; wrong: Wrong; children: ComponentChildren };

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

export function CallFields({ call, wrong, children }: Props) {
  return (
    <>
      <div class="automation-call">
        <Select label="Method" value={call.method}>
          {METHODS.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </Select>
        <Input label="Address" type="url" value={call.url} placeholder="https://" spellcheck={false} autocapitalize="none" problem={wrong["url"]} />
      </div>
      {children}
      <Private of={call.private} />
      <Fold name="Headers and password" open={call.headers.peek().length > 0 || call.user.peek() !== ""} wrong={wrong["headers"]}>
        <Headers headers={call.headers} problem={wrong["headers"]} />
        <div class="automation-row">
          <Input label="User name" value={call.user} autocomplete="off" spellcheck={false} hint="For addresses that ask for one." />
          <SecretInput label="Password" value={call.password} />
        </div>
      </Fold>
    </>
  );
}

/** Consent to a target in the own network, for who may give it. */
export function Private({ of }: { of: Signal<boolean> }) {
  if (!me.value?.admin && !server.value?.private_targets && !of.value) {
    return <p class="hint">Addresses in this server’s own network are for who looks after the server.</p>;
  }
  return (
    <Check
      label="It may be in this server’s own network"
      hint="Such as a lamp or a computer at home. Without this, only addresses in the internet are called."
      checked={of}
    />
  );
}

/** What is kept is not shown again: it stays as it is until something else is typed. */
export function SecretInput({ label, value, hint, problem }: { label: string; value: Signal<string>; hint?: string; problem?: string | undefined }) {
  const kept = value.value === MASK;
  return (
    <Input
      label={label}
      value={value}
      type="password"
      autocomplete="off"
      problem={problem}
      hint={kept ? "Kept, and not shown again." : hint}
      after={
        kept ? (
          <button type="button" class="button" data-kind="soft" onClick={() => void (value.value = "")}>
            Replace<span class="hidden"> {label.toLowerCase()}</span>
          </button>
        ) : null
      }
    />
  );
}

function Headers({ headers, problem }: { headers: Signal<[string, string][]>; problem: string | undefined }) {
  const set = (index: number, part: 0 | 1, text: string) => {
    const before = headers.value[index]!;
    headers.value = headers.value.with(index, part === 0 ? [text, before[1]] : [before[0], text]);
  };
  return (
    <fieldset class="labels">
      <legend>Headers</legend>
      {headers.value.map(([name, value], index) => (
        <div class="input-row" key={index}>
          <input
            class="input"
            aria-label={`Name of header ${index + 1}`}
            value={name}
            placeholder="Content-Type"
            spellcheck={false}
            aria-invalid={problem ? true : undefined}
            onInput={(event) => set(index, 0, event.currentTarget.value)}
          />
          <input
            class="input"
            aria-label={`Value of header ${index + 1}`}
            value={value}
            placeholder="application/json"
            spellcheck={false}
            onInput={(event) => set(index, 1, event.currentTarget.value)}
          />
          <button
            type="button"
            class="button"
            data-kind="soft"
            aria-label={`Remove header ${index + 1}`}
            onClick={() => void (headers.value = headers.value.toSpliced(index, 1))}
          >
            ✕
          </button>
        </div>
      ))}
      <p class="wrong" role={problem ? "alert" : undefined}>
        {problem}
      </p>
      <div>
        <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (headers.value = [...headers.value, ["", ""]])}>
          <PlusIcon />
          Add a header
        </button>
      </div>
    </fieldset>
  );
}
