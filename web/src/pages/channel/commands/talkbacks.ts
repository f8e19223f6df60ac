/**
 * The TalkBacks of a channel and their newest commands: what is there, what comes live, and what a reader may do with
 * them. Not here: what commands say of a control (`standing.ts`), and how any of it looks.
 */

import { computed, signal } from "@preact/signals";
import { API, ApiError, get, inWords, patch, post, remove } from "../../../api/client";
import type { Command, Control, TalkBack } from "../../../api/contract";
import { follow } from "../../../live/follow";
import { live } from "../../../live/live";
import { commandFor, later, stateOf, wishOf, type Wish } from "./standing";

/** So many commands of a TalkBack are known here. */
const COMMANDS_MAX = 100;

/** What a control is given when a channel gets its first TalkBack, so that there is something to press. */
const FIRST: Control = { kind: "switch", label: "Switch", on: "ON", off: "OFF" };

export class TalkBacks {
  /** Oldest first; `null` until they are read. */
  readonly all = signal<readonly TalkBack[] | null>(null);
  /** Why there is nothing to see. */
  readonly problem = signal<string | null>(null);
  /** The one that is shown. */
  readonly chosen = computed(() => {
    const all = this.all.value ?? [];
    return all.find(({ id }) => id === this.wanted.value) ?? all[0] ?? null;
  });
  /** The newest commands of the one that is shown, newest first; `null` until they are read. */
  readonly commands = computed(() => this.known.value.get(this.chosen.value?.id ?? 0) ?? null);
  /** The command that changed last while somebody looked. */
  readonly arrived = signal<Command | null>(null);
  private readonly wanted = signal<number | null>(null);
  private readonly known = signal<ReadonlyMap<number, readonly Command[]>>(new Map());
  /** What was taken out here, so that an answer that is older does not bring it back. */
  private readonly gone = new Set<number>();

  constructor(readonly channel: number) {}

  /** Begins; what it returns ends it. */
  start(): () => void {
    // Listening begins before anything is read, so that nothing falls in between.
    const silence = live.hear<Command>("command", (command) => this.heard(command));
    const rest = follow(() => this.load());
    return () => {
      silence();
      rest();
    };
  }

  choose(id: number): void {
    this.wanted.value = id;
    void this.load();
  }

  async load(): Promise<void> {
    try {
      const all = await get<TalkBack[]>(`${API}/talkbacks`);
      this.all.value = all.filter(({ channel }) => channel === this.channel).sort((one, other) => one.id - other.id);
      const shown = this.chosen.peek();
      if (shown !== null) {
        const before = new Set((this.known.peek().get(shown.id) ?? []).map(({ id }) => id));
        this.fill(shown.id, await get<Command[]>(`${at(shown.id)}/commands?limit=${COMMANDS_MAX}`), before);
      }
      this.problem.value = null;
    } catch (error) {
      this.problem.value = inWords(error);
    }
  }

  async make(name: string): Promise<void> {
    const controls = this.all.peek()?.length === 0 ? [FIRST] : [];
    this.learn(await post<TalkBack>(`${API}/talkbacks`, { name, channel: this.channel, controls }));
    this.wanted.value = this.all.peek()!.at(-1)!.id;
    await this.load();
  }

  async change(id: number, part: Partial<Pick<TalkBack, "name" | "log" | "expire_s" | "controls">>): Promise<void> {
    this.learn(await patch<TalkBack>(at(id), part));
  }

  async newKey(id: number): Promise<void> {
    this.learn(await post<TalkBack>(`${at(id)}/key`));
  }

  async drop(id: number): Promise<void> {
    await remove(at(id));
    this.all.value = (this.all.peek() ?? []).filter((each) => each.id !== id);
    void this.load();
  }

  /** Puts a command into the queue. Its answer may be lost on the way; the same press is no second command. */
  async send(id: number, command_string: string): Promise<void> {
    const body = { command_string, once: word() };
    const ask = () => post<Command>(`${at(id)}/commands`, body);
    this.take(
      await ask().catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 0) return ask();
        throw error;
      }),
    );
  }

  /**
   * Asks a control for something. What it was asked for before and nobody fetched is taken back: a board that was away
   * should not play through every turn of a switch.
   */
  async ask(id: number, control: Control, wish: Wish, is: Wish | null, now: number): Promise<void> {
    let sure = is !== null;
    if (control.kind !== "button") {
      const waiting = (this.known.peek().get(id) ?? []).filter(
        (command) => stateOf(command, now) === "queued" && wishOf(control, command.command_string) !== null,
      );
      for (const command of waiting) {
        // A board came for it first: then it is no longer known to have what it had.
        sure = (await this.cancel(command)) && sure;
      }
      if (sure && wish === is && waiting.length > 0) return;
    }
    await this.send(id, commandFor(control, wish));
  }

  /** Takes a command out of the queue; false if a board was faster. */
  async cancel(command: Command): Promise<boolean> {
    const taken = await remove<Partial<Command> | undefined>(`${at(command.talkback)}/commands/${command.id}`).then(
      () => false,
      (error: unknown) => {
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return true;
        throw error;
      },
    );
    if (taken) {
      void this.load();
      return false;
    }
    this.forget(command.talkback, ({ id }) => id === command.id);
    return true;
  }

  /** Takes everything out of the queue. */
  async clear(id: number): Promise<void> {
    await remove(`${at(id)}/commands`);
    await this.load();
  }

  private heard(command: Command): void {
    if (!(this.all.peek() ?? []).some(({ id }) => id === command.talkback)) return;
    this.take(command);
    this.arrived.value = command;
  }

  private learn(talkback: TalkBack): void {
    const others = (this.all.peek() ?? []).filter(({ id }) => id !== talkback.id);
    this.all.value = [...others, talkback].sort((one, other) => one.id - other.id);
  }

  private take(command: Command): void {
    if (this.gone.has(command.id)) return;
    const before = this.known.peek().get(command.talkback) ?? [];
    const same = before.find(({ id }) => id === command.id);
    this.keep(command.talkback, [...before.filter((each) => each !== same), same ? later(same, command) : command]);
  }

  /** What was read is the whole of it, but for what news told of after it was asked for. */
  private fill(id: number, read: readonly Command[], before: ReadonlySet<number>): void {
    const known = new Map((this.known.peek().get(id) ?? []).map((each) => [each.id, each]));
    const merged = read.map((each) => later(known.get(each.id) ?? each, each));
    for (const each of read) known.delete(each.id);
    const newer = [...known.values()].filter((each) => !before.has(each.id));
    this.keep(id, [...merged, ...newer].filter((each) => !this.gone.has(each.id)));
  }

  private forget(talkback: number, which: (command: Command) => boolean): void {
    const all = this.known.peek().get(talkback) ?? [];
    for (const each of all.filter(which)) this.gone.add(each.id);
    this.keep(talkback, all.filter((each) => !which(each)));
  }

  private keep(talkback: number, commands: readonly Command[]): void {
    const newest = [...commands].sort((one, other) => other.id - one.id).slice(0, COMMANDS_MAX);
    this.known.value = new Map([...this.known.peek(), [talkback, newest]]);
  }
}

const at = (id: number) => `${API}/talkbacks/${id}`;

/** A word that names one press. On plain http a browser has no `randomUUID`. */
function word(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
