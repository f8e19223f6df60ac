/**
 * How commands stand, and what that says of a control: what a board has taken last, and what it is asked for. Pure: it
 * is told the time. Not here: fetching commands, and how any of it looks.
 */

import type { Command, CommandState, Control } from "../../../api/contract";

type Slider = Extract<Control, { kind: "slider" }>;

/** What a control's command asks for: on or off, a number, or just the press. */
export type Wish = boolean | number | "press";

export type Asked = { wish: Wish; command: Command };

export type Standing = {
  /** What a board took last, by the newest command that it fetched; `null` while nobody knows. */
  is: Asked | null;
  /** What waits for a board. */
  asked: Asked | null;
  /** What was wanted last, and no board came for. */
  missed: Asked | null;
};

/** A queued command whose time is over is no longer handed out, whether or not the server has said so yet. */
export function stateOf({ state, expires_at }: Command, now: number): CommandState {
  return state === "queued" && expires_at !== null && expires_at <= now ? "expired" : state;
}

/** When a command came to stand as it does. */
export function since(command: Command, now: number): number {
  switch (stateOf(command, now)) {
    case "queued":
      return command.created_at;
    case "delivered":
      return command.delivered_at ?? command.created_at;
    case "acknowledged":
      return command.acknowledged_at ?? command.delivered_at ?? command.created_at;
    case "expired":
      return command.expires_at ?? command.created_at;
  }
}

const RANKS: { [state in CommandState]: number } = { queued: 0, expired: 1, delivered: 2, acknowledged: 3 };

/** Of two words about one command the one that tells of later; news may overtake an answer. */
export function later(one: Command, other: Command): Command {
  return RANKS[other.state] >= RANKS[one.state] ? other : one;
}

/** What a control's command says for a wish. */
export function commandFor(control: Control, wish: Wish): string {
  if (control.kind === "switch") return wish === true ? control.on : control.off;
  return control.kind === "button" ? control.command : control.command.replaceAll(PLACE, String(wish));
}

/** What a command asks of a control; `null` if it is none of its own. */
export function wishOf(control: Control, command_string: string): Wish | null {
  switch (control.kind) {
    case "switch":
      return command_string === control.on ? true : command_string === control.off ? false : null;
    case "button":
      return command_string === control.command ? "press" : null;
    case "slider":
      return numberIn(control, command_string);
  }
}

const PLACE = "{value}";

function numberIn({ command }: Slider, said: string): number | null {
  const at = command.indexOf(PLACE);
  const [before, after] = [command.slice(0, at), command.slice(at + PLACE.length)];
  if (at < 0 || !said.startsWith(before)) return null;
  // The value may stand in a command more than once; the first place tells it.
  const number = /^-?\d+(\.\d+)?/.exec(said.slice(before.length))?.[0];
  if (number === undefined || before + number + after.replaceAll(PLACE, number) !== said) return null;
  return Number(number);
}

/** How a control stands, by all commands that are known, in whatever order. */
export function standing(control: Control, commands: readonly Command[], now: number): Standing {
  let is: Asked | null = null;
  let asked: Asked | null = null;
  let last: Asked | null = null;
  for (const command of commands) {
    const wish = wishOf(control, command.command_string);
    if (wish === null) continue;
    const one = { wish, command };
    if (last === null || command.id > last.command.id) last = one;
    const state = stateOf(command, now);
    if (state === "queued" && (asked === null || place(command) > place(asked.command))) asked = one;
    else if ((state === "delivered" || state === "acknowledged") && (is === null || taken(command) >= taken(is.command))) is = one;
  }
  const missed = last !== null && stateOf(last.command, now) === "expired" ? last : null;
  return { is, asked, missed };
}

/** What is handed out last decides: that is the end of the queue, whenever it was put there. */
const place = ({ position, id }: Command) => (position ?? 0) * 1e9 + (id % 1e9);
const taken = ({ delivered_at, created_at, id }: Command) => (delivered_at ?? created_at) + (id % 1e3) / 1e3;
