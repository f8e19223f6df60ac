/** The reader's automations and what they speak of: read once, kept by what comes live. */

import { computed, signal } from "@preact/signals";
import { API, ApiError, get, inWords, put, remove } from "../../api/client";
import type { Automation, Card, Channels, NewAutomation, Run, TalkBack, ThingHttp } from "../../api/contract";
import { follow } from "../../live/follow";
import { live } from "../../live/live";
import { parseLabel } from "../../ui/value";
import type { Names } from "./words";

/** The time in which several runs are one reason to read again, in milliseconds. */
const GATHER = 300;

/** How often and after which pause a next time is looked for. */
const LOOKS = 5;
const PAUSE = 2_000;

export class Automations {
  /** `null` until they are read. */
  readonly all = signal<readonly Automation[] | null>(null);
  readonly channels = signal<readonly Card[]>([]);
  readonly thinghttps = signal<readonly ThingHttp[]>([]);
  readonly talkbacks = signal<readonly TalkBack[]>([]);
  readonly problem = signal<string | null>(null);
  readonly names = computed(() => namesOf(this.channels.value, this.thinghttps.value, this.talkbacks.value));

  private timer: ReturnType<typeof setTimeout> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;
  private looks = 0;

  /** Begins; what it returns ends it. */
  start(): () => void {
    const silence = live.hear<Run>("run", (run) => this.heard(run));
    const rest = follow(() => this.load());
    return () => {
      clearTimeout(this.timer);
      clearTimeout(this.later);
      silence();
      rest();
    };
  }

  async load(): Promise<void> {
    try {
      const [all, { own, shared }, thinghttps, talkbacks] = await Promise.all([
        get<Automation[]>(`${API}/automations`),
        get<Channels>(`${API}/channels`),
        get<ThingHttp[]>(`${API}/thinghttps`),
        get<TalkBack[]>(`${API}/talkbacks`),
      ]);
      this.channels.value = [...own, ...shared];
      this.thinghttps.value = thinghttps;
      this.talkbacks.value = talkbacks;
      this.all.value = sorted(all);
      this.problem.value = null;
      this.awaitTimes();
    } catch (error) {
      this.problem.value = inWords(error);
    }
  }

  async turn(automation: Automation, enabled: boolean): Promise<void> {
    try {
      this.learn(await put<Automation>(`${API}/automations/${automation.id}`, { ...toKeep(automation), enabled }));
      this.looks = 0;
      this.awaitTimes();
      this.problem.value = null;
    } catch (error) {
      this.problem.value = inWords(error);
    }
  }

  async drop(id: number): Promise<void> {
    await remove(`${API}/automations/${id}`);
    this.all.value = (this.all.peek() ?? []).filter((each) => each.id !== id);
  }

  learnThingHttp(thinghttp: ThingHttp): void {
    const others = this.thinghttps.peek().filter(({ id }) => id !== thinghttp.id);
    this.thinghttps.value = [...others, thinghttp].toSorted((one, other) => one.id - other.id);
  }

  async dropThingHttp(id: number): Promise<void> {
    await remove(`${API}/thinghttps/${id}`);
    this.thinghttps.value = this.thinghttps.peek().filter((each) => each.id !== id);
  }

  /** The server reckons a new schedule's next time a moment after it was kept: it is looked for again, a few times. */
  private awaitTimes(): void {
    const open = (this.all.peek() ?? []).filter(({ when, enabled, next_at }) => when.kind === "time" && enabled && next_at === null);
    if (open.length === 0 || this.looks >= LOOKS) return;
    this.looks += 1;
    clearTimeout(this.later);
    this.later = setTimeout(() => void Promise.all(open.map(({ id }) => this.renew(id))).then(() => this.awaitTimes()), PAUSE);
  }

  /** A run changes also when an automation is due next: that is read. */
  private heard(run: Run): void {
    const of = this.all.peek()?.find(({ id }) => id === run.automation);
    if (of && (of.last_run === null || of.last_run.id <= run.id)) this.learn({ ...of, last_run: run });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(run.automation), GATHER);
  }

  private async renew(id: number): Promise<void> {
    try {
      this.learn(await get<Automation>(`${API}/automations/${id}`));
    } catch (error) {
      // It may have been deleted meanwhile.
      if (!(error instanceof ApiError && error.status === 404)) this.problem.value = inWords(error);
    }
  }

  private learn(automation: Automation): void {
    const others = (this.all.peek() ?? []).filter(({ id }) => id !== automation.id);
    this.all.value = sorted([...others, automation]);
  }
}

export function toKeep({ name, enabled, when, action }: Automation): NewAutomation {
  return { name, enabled, when, action };
}

/** The channel that an automation is about: the one it looks at, else the one it writes to. */
export function channelsOf({ when, action }: NewAutomation): number[] {
  return [...(when.kind === "react" ? [when.channel] : []), ...(action.kind === "write" ? [action.channel] : [])];
}

function namesOf(channels: readonly Card[], thinghttps: readonly ThingHttp[], talkbacks: readonly TalkBack[]): Names {
  const channel = (id: number) => channels.find((each) => each.id === id);
  return {
    channel: (id) => (id > 0 ? (channel(id)?.name ?? `channel ${id}`) : "…"),
    field: (of, no) => {
      const label = channel(of)?.fields.find((each) => each.no === no)?.label;
      return label ? parseLabel(label).name : `field ${no}`;
    },
    thinghttp: (id) => thinghttps.find((each) => each.id === id)?.name ?? "…",
    talkback: (id) => talkbacks.find((each) => each.id === id)?.name ?? "…",
  };
}

function sorted(all: readonly Automation[]): Automation[] {
  return all.toSorted((one, other) => one.id - other.id);
}
