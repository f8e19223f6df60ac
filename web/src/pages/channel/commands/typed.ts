/** From what was typed to a control, or to what is wrong with it. Pure. */

import type { Control } from "../../../api/contract";

export type Typed = {
  kind: Control["kind"];
  label: string;
  on: string;
  off: string;
  command: string;
  min: string;
  max: string;
  step: string;
};

export type Wrong = { [name in "label" | "on" | "off" | "command" | "min" | "max" | "step"]?: string };

/** The longest that a command may be, in letters. */
const COMMAND_MAX = 255;

export function made(typed: Typed): { control: Control | null; wrong: Wrong } {
  const label = typed.label.trim();
  const wrong: Wrong = label === "" ? { label: "Give it a name." } : {};
  const finish = (control: Control) => ({ control: Object.keys(wrong).length === 0 ? control : null, wrong });
  switch (typed.kind) {
    case "switch": {
      const [on, off] = [typed.on.trim(), typed.off.trim()];
      if (on === "") wrong.on = "What should the board hear?";
      if (off === "") wrong.off = "What should the board hear?";
      else if (on === off) wrong.off = "On and off need two different commands.";
      return finish({ kind: "switch", label, on, off });
    }
    case "button": {
      const command = typed.command.trim();
      if (command === "") wrong.command = "What should the board hear?";
      return finish({ kind: "button", label, command });
    }
    case "slider": {
      const command = typed.command.trim();
      const [min, max, step] = [typed.min, typed.max, typed.step].map(number) as [number, number, number];
      if (!command.includes("{value}")) wrong.command = "Write {value} where the number belongs.";
      // The places may take more letters than their name does.
      else if (command.replaceAll("{value}", String(max)).length > COMMAND_MAX) wrong.command = "This is too long.";
      if (Number.isNaN(min)) wrong.min = "A number, such as 0.";
      if (Number.isNaN(max)) wrong.max = "A number, such as 100.";
      else if (max <= min) wrong.max = "More than where it begins.";
      if (Number.isNaN(step) || step <= 0) wrong.step = "A number above 0.";
      else if (step > max - min) wrong.step = "Smaller than the whole way.";
      return finish({ kind: "slider", label, command, min, max, step });
    }
  }
}

/** A number as people type it, with a comma too. */
function number(text: string): number {
  const plain = text.trim().replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}
