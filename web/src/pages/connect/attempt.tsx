/** One attempt in words: what happened, what to do about it, and who it was. */

import type { ComponentChildren } from "preact";
import type { Attempt } from "../../api/contract";
import { type Outcome, outcome } from "../../live/attempts";
import { zone } from "../../session";
import { clock } from "../../ui/words";

type Props = {
  attempt: Attempt;
  /** More of it, for those who want to know. */
  children?: ComponentChildren;
};

const NAMES: { [went in Outcome]: string } = { well: "Well:", doubt: "Taken, but:", trouble: "Trouble:" };

export function AttemptLine({ attempt, children }: Props) {
  const went = outcome(attempt);
  const when = new Date(attempt.at);
  return (
    <li class="attempt" data-testid="attempt" data-code={attempt.code} data-outcome={went}>
      <svg class="icon attempt-mark" viewBox="0 0 24 24" role="img" aria-label={NAMES[went]}>
        {went === "well" ? <path d="M6.5 12.5l3.8 3.8 7.2-8" /> : <path d="M12 6.5v7M12 17.5v.01" />}
      </svg>
      <div class="attempt-words">
        <p class="attempt-says">{attempt.says}</p>
        {attempt.fix ? <p class="attempt-fix">{attempt.fix}</p> : null}
        <p class="attempt-who">
          <time dateTime={when.toISOString()} title={clock(zone.value).full(attempt.at / 1000)}>
            {clock(zone.value).time(attempt.at / 1000)}
          </time>
          <span>{attempt.peer}</span>
          {attempt.agent ? <span class="attempt-agent">{attempt.agent}</span> : null}
          {attempt.count > 1 ? <span class="attempt-count">{attempt.count} times</span> : null}
        </p>
        {children}
      </div>
    </li>
  );
}

/** For those who listen. */
export function inOneBreath({ says, fix }: Attempt): string {
  return fix ? `${says} ${fix}` : says;
}
