/** When an automation acted and how it went, live; and the button that has it act at once. */

import { signal } from "@preact/signals";
import { API, get, inWords, post } from "../../api/client";
import type { Run } from "../../api/contract";
import { now } from "../../live/clock";
import { follow } from "../../live/follow";
import { live } from "../../live/live";
import { zone } from "../../session";
import { Refused, type Sending } from "../../ui/form";
import { begun, RunWord, triesWords, When } from "./run";

/** As many as are shown. */
const KEPT = 50;
/** A test takes as long as the other side does: the server waits 20 s. */
const PATIENCE = 30_000;

export class Runs {
  /** Newest first; `null` until they are read. */
  readonly all = signal<readonly Run[] | null>(null);
  readonly problem = signal<string | null>(null);

  constructor(readonly automation: number) {}

  /** Begins; what it returns ends it. */
  start(): () => void {
    const silence = live.hear<Run>("run", (run) => this.learn(run));
    const rest = follow(() => this.load());
    return () => {
      silence();
      rest();
    };
  }

  async load(): Promise<void> {
    try {
      this.all.value = await live.settled("run", () => get<Run[]>(`${API}/automations/${this.automation}/runs?limit=${KEPT}`));
      this.problem.value = null;
    } catch (error) {
      this.problem.value = inWords(error);
    }
  }

  async test(): Promise<Run> {
    const run = await post<Run>(`${API}/automations/${this.automation}/test`, undefined, PATIENCE);
    this.learn(run);
    return run;
  }

  learn(run: Run): void {
    if (run.automation !== this.automation) return;
    const others = (this.all.peek() ?? []).filter(({ id }) => id !== run.id);
    this.all.value = [...others, run].toSorted((one, other) => other.id - one.id).slice(0, KEPT);
  }
}

export function History({ runs }: { runs: Runs }) {
  const all = runs.all.value;
  return (
    <section class="panel sheet" aria-labelledby="runs">
      <h2 id="runs">What it did</h2>
      <Refused>{runs.problem.value}</Refused>
      {all === null ? null : all.length === 0 ? (
        <p class="soft">It has not acted yet.</p>
      ) : (
        <ol class="runs" data-testid="runs">
          {all.map((run) => (
            <li key={run.id} class="run" data-testid="run" data-state={run.state} data-test={run.test}>
              <p class="run-head">
                <RunWord run={run} />
                <span class="run-why">{run.test ? "Test" : begun(run.reason)}</span>
                <span class="run-at">
                  <When at={run.at} zone={zone.value} />
                </span>
              </p>
              <p class="run-says">{[begun(run.says), triesWords(run, now.value)].filter((each) => each !== "").join(" · ")}</p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What came of the test, in words. */
export function Tested({ run, sending }: { run: Run | null; sending: Sending }) {
  return (
    <div role="status" class="tested-room">
      {sending.busy.value ? <p class="tested">Trying…</p> : null}
      {!sending.busy.value && run !== null ? (
        <p class="tested" data-testid="tested" data-state={run.state}>
          <RunWord run={run} /> <span>{begun(run.says)}</span>
        </p>
      ) : null}
    </div>
  );
}
