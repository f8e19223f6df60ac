/** A list of snippets with their texts, for one purpose. The lists are JSON, which the tests that run them read as well. */

import library from "../../../../../examples/arduino/Fieldpost/src/Fieldpost.h?raw";

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

/** The text of a kind's file, its placeholders not yet filled. */
export type Template = (kind: Kind, name: string) => string;

/** Finds texts in `folder`, which has a folder for each kind. */
export function shelf(texts: Record<string, string>, folder = "."): Template {
  return (kind, name) => {
    const text = isLibrary(name) ? library : texts[`${folder}/${kind.id}/${name}`];
    if (text === undefined) throw new Error(`${kind.id} has no ${name}`);
    return text;
  };
}

/** A file that is the same for everybody: to be saved, not to be read. */
export function isLibrary(name: string): boolean {
  return name === "Fieldpost.h";
}
