/** Colours that go with a colour which somebody else has chosen. */

export type Ink = {
  /** What the frame stands on. */
  ground: string;
  text: string;
  quiet: string;
  grid: string;
  dark: boolean;
};

const PAPER = { text: "#1f2723", quiet: "#5a645e", grid: "#e4e8e5" };
const NIGHT = { text: "#f2f6f3", quiet: "#b8c3bc", grid: "#ffffff24" };
/** On a coloured ground soft ink would be too faint. */
const BRIGHT = { text: "#000000", quiet: "#000000", grid: "#00000026" };
const DEEP = { text: "#ffffff", quiet: "#ffffff", grid: "#ffffff38" };

/** Ink that can be read on a ground. Black and white are equally readable where luminance is 0.179. */
export function inkOn(ground: string): Ink {
  const light = luminance(rgb(ground));
  const dark = light < 0.179;
  const ink = light > 0.8 ? PAPER : !dark ? BRIGHT : light > 0.05 ? DEEP : NIGHT;
  return { ground, dark, ...ink };
}

/** Relative luminance as WCAG has it, from 0 to 1. */
export function luminance([red, green, blue]: readonly [number, number, number]): number {
  const part = (value: number) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
}

/** A colour as it looks on white paper. */
export function rgb(colour: string): [number, number, number] {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits !== undefined) {
    const full = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
    const part = (at: number) => Number.parseInt(full.slice(at, at + 2), 16);
    return [part(0), part(2), part(4)];
  }
  // Names and functions: the browser knows them all.
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return [255, 255, 255];
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 255, green = 255, blue = 255] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** Lays a ground under the frame, and the colours that go with it where the style sheet finds them. */
export function wear(ink: Ink): void {
  const { style } = document.documentElement;
  style.colorScheme = ink.dark ? "dark" : "light";
  for (const name of ["ground", "text", "quiet", "grid"] as const) style.setProperty(`--${name}`, ink[name]);
}
