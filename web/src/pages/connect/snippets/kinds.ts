/** The snippets with their texts. Their list is `kinds.json`, which the tests that run them read as well. */

import library from "../../../../../examples/arduino/Fieldpost/src/Fieldpost.h?raw";
import list from "./kinds.json";

export type Kind = {
  id: string;
  name: string;
  /** What it is for, in a few words. */
  about: string;
  /** File names in the order in which they are shown. */
  files: string[];
  /** What to do with them. */
  next: string;
  /** It speaks plain http only. */
  plainOnly?: boolean;
};

export const KINDS: readonly Kind[] = list;

const texts: Record<string, string> = import.meta.glob("./*/*", { query: "?raw", import: "default", eager: true });

/** The text of a kind's file, its placeholders not yet filled. */
export function template(kind: Kind, name: string): string {
  const text = isLibrary(name) ? library : texts[`./${kind.id}/${name}`];
  if (text === undefined) throw new Error(`${kind.id} has no ${name}`);
  return text;
}

/** A file that is the same for everybody: to be saved, not to be read. */
export function isLibrary(name: string): boolean {
  return name === "Fieldpost.h";
}
