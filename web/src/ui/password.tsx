/** A field for a password, which can be shown, and a word on how good a new one is. */

import { type Signal, useSignal } from "@preact/signals";
import { Input } from "./form";
import { PASSWORD_MIN, strength } from "./strength";

type Props = {
  label: string;
  value: Signal<string>;
  problem?: string | null | undefined;
  hint?: string;
  /** A new password is judged; its login counts as easy to guess. */
  fresh?: { login: string };
};

export function Password({ label, value, problem, hint, fresh }: Props) {
  const shown = useSignal(false);
  const judged = fresh ? strength(value.value, fresh.login) : null;
  return (
    <div class="password">
      <Input
        label={label}
        value={value}
        problem={problem}
        hint={hint}
        type={shown.value ? "text" : "password"}
        autocomplete={fresh ? "new-password" : "current-password"}
        spellcheck={false}
        autocapitalize="none"
        after={
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            aria-pressed={shown.value}
            aria-label={`Show what is typed as ${label.toLowerCase()}`}
            onClick={() => {
              shown.value = !shown.value;
            }}
          >
            {shown.value ? "Hide" : "Show"}
          </button>
        }
      />
      {fresh ? (
        <p class="strength" aria-live="polite" data-good={judged?.good}>
          {judged?.word ?? `At least ${PASSWORD_MIN} characters. A few words do well.`}
        </p>
      ) : null}
    </div>
  );
}
