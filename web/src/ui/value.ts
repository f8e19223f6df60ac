/** A field's label and value as people read them. */

/** What a label says: `Temperature (°C)` is a name and a unit. */
export function parseLabel(label: string): { name: string; unit: string } {
  const found = /^(.+?)\s*[([]\s*([^()[\]]{1,12}?)\s*[)\]]$/.exec(label.trim());
  return found ? { name: found[1]!, unit: found[2]! } : { name: label.trim(), unit: "" };
}

/** The digits that a large number on a card may have. */
const DIGITS = 6;

/** A value in the room that a tile has: a number is rounded to what can be read at a glance, a text is cut. */
export function shortValue(text: string): string {
  const trimmed = text.trim();
  if (!isNumber(trimmed)) return trimmed.length > 14 ? `${trimmed.slice(0, 13)}…` : trimmed;
  const digits = trimmed.replace(/^[-+]?0*\.?0*|[.]|e.*$/gi, "");
  if (digits.length <= DIGITS && trimmed.length <= DIGITS + 2) return trimmed.replace("-", "−");
  const number = Number(trimmed);
  const size = Math.abs(number);
  const short = size >= 1e9 || (size > 0 && size < 1e-4) ? number.toExponential(2) : String(Number(number.toPrecision(size >= 1e6 ? 7 : 5)));
  return short.replace("-", "−");
}

export function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
