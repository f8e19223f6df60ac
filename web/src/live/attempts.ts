/**
 * What became of attempts to reach a channel, or of those that reach none ("strangers"): what the server
 * remembers, and what comes live, each once. Bounded. Not here: how an attempt looks.
 */

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { API, get, inWords } from "../api/client";
import type { Attempt } from "../api/contract";
import { follow } from "./follow";
import { live } from "./live";

/** As many as the server remembers. */
export const ATTEMPTS_MAX = 100;

export type Of = number | "strangers";

export class Attempts {
  /** Newest first. */
  readonly all = signal<readonly Attempt[]>([]);
  /** The one that came last while somebody watched; not what was remembered from before. */
  readonly arrived = signal<Attempt | null>(null);
  readonly loaded = signal(false);
  /** Why there is nothing to see. */
  readonly problem = signal<string | null>(null);

  /** Takes in attempts in any order. One that is known already has happened again if it counts more. */
  take(attempts: readonly Attempt[]): void {
    const known = new Map(this.all.peek().map((each) => [each.id, each]));
    for (const attempt of attempts) {
      if (attempt.count >= (known.get(attempt.id)?.count ?? 0)) known.set(attempt.id, attempt);
    }
    const newest = [...known.values()].sort((one, other) => other.at - one.at || other.id - one.id);
    this.all.value = newest.slice(0, ATTEMPTS_MAX);
  }

  heard(attempt: Attempt): void {
    this.take([attempt]);
    this.arrived.value = attempt;
  }

  /** Hears what comes, then asks for what was: nothing falls in between. Gives what ends it. */
  follow(of: Of): () => void {
    const path = of === "strangers" ? `${API}/attempts` : `${API}/channels/${of}/attempts`;
    const load = () =>
      get<Attempt[]>(path).then(
        (attempts) => {
          this.take(attempts);
          this.loaded.value = true;
          this.problem.value = null;
        },
        (error: unknown) => {
          this.problem.value = inWords(error);
        },
      );
    const silence = live.attempts(of, (attempt) => this.heard(attempt));
    const rest = follow(load);
    return () => {
      silence();
      rest();
    };
  }
}

/** The attempts of a channel, or of strangers, for as long as a part of a page is there. */
export function useAttempts(of: Of): Attempts {
  const attempts = useMemo(() => new Attempts(), [of]);
  useEffect(() => attempts.follow(of), [attempts]);
  return attempts;
}

/** How it went: well, taken but perhaps not as meant, or not at all. */
export type Outcome = "well" | "doubt" | "trouble";

export function outcome({ code, fix }: Attempt): Outcome {
  if (code !== "accepted") return "trouble";
  return fix === null ? "well" : "doubt";
}

/** True if somebody should do something about it. */
export function isTrouble(attempt: Attempt): boolean {
  return outcome(attempt) !== "well";
}
