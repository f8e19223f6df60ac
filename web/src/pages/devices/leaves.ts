/** What a message holds that could be a field's value. Pure. */

export type Leaf = {
  /** The way into JSON, with dots; `null` if the message is the value. */
  path: string | null;
  /** The value as it would be stored. */
  text: string;
  isNumber: boolean;
};

/** More than these are not offered: nobody chooses from hundreds. */
const LEAVES_MAX = 60;
const DEPTH_MAX = 6;

/** The values in a message, in their order. Of a long one the server keeps the beginning: what is whole in it counts. */
export function leaves(payload: string): Leaf[] {
  const found: Leaf[] = [];
  const json = parsed(payload) ?? parsed(mended(payload));
  if (json === null || typeof json !== "object") return [leaf(null, payload)];
  walk(json, "", 0);
  return found;

  function walk(value: unknown, path: string, depth: number): void {
    if (found.length >= LEAVES_MAX) return;
    if (value !== null && typeof value === "object") {
      if (depth >= DEPTH_MAX) return;
      for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}.${name}`, depth + 1);
    } else if (value !== null) {
      found.push(leaf(path, String(value)));
    }
  }
}

/** Which of them is offered first: a number if there is one. */
export function likeliest(all: readonly Leaf[]): Leaf | undefined {
  return all.find(({ isNumber }) => isNumber) ?? all[0];
}

function leaf(path: string | null, text: string): Leaf {
  return { path, text, isNumber: text.trim() !== "" && Number.isFinite(Number(text)) };
}

/** JSON that was cut off, up to the last value that is whole, with its brackets closed. */
function mended(text: string): string {
  const open: string[] = [];
  let inString = false;
  let whole = "";
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!;
    if (inString) {
      if (letter === "\\") at += 1;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === "{" || letter === "[") open.push(letter === "{" ? "}" : "]");
    else if (letter === "}" || letter === "]") open.pop();
    // Before a comma a value has come to its end.
    else if (letter === ",") whole = text.slice(0, at) + open.toReversed().join("");
  }
  return whole;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
