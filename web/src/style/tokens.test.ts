/** Whether what must be seen can be seen: by day, by night, and by those who see fewer colours. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Triple = [number, number, number];

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const [day, night] = css.split("@media (prefers-color-scheme: dark)") as [string, string];

/** Light of a colour, linear, from nothing to one. */
function light(theme: string, name: string): Triple {
  const [, hex] = new RegExp(`--${name}:\\s*#([0-9a-f]{6})`).exec(theme) ?? [];
  if (hex === undefined) throw new Error(`no colour --${name}`);
  return [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

/** Contrast as WCAG 2 reckons it. */
function contrast(one: Triple, other: Triple): number {
  const [a, b] = [one, other].map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) as [number, number];
  return Math.max(a, b) / Math.min(a, b);
}

/** How a colour is seen without red cones, or without green ones (Machado, Oliveira and Fernandes, 2009, in full). */
const EYES: { [name: string]: Triple[] } = {
  "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};

/** A colour in OKLab, where distances are as they are felt. */
function felt([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const fields = [1, 2, 3, 4, 5, 6, 7, 8];

for (const [name, theme] of [["day", day], ["night", night]] as const) {
  test(`by ${name} every field's line stands out from the card`, () => {
    for (const no of fields) {
      expect(contrast(light(theme, `field${no}`), light(theme, "card")), `field ${no}`).toBeGreaterThan(3);
    }
  });

  for (const [eyes, matrix] of Object.entries(EYES)) {
    test(`by ${name} no two fields look alike with ${eyes}`, () => {
      const seen = fields.map((no) => {
        const colour = light(theme, `field${no}`);
        const [r, g, b] = matrix.map((row) => row.reduce((sum, part, at) => sum + part * colour[at]!, 0));
        return felt([r, g, b].map((part) => Math.min(1, Math.max(0, part!))) as Triple);
      });
      for (const one of fields) {
        for (const other of fields.slice(one)) {
          const apart = Math.hypot(...seen[one - 1]!.map((part, at) => part - seen[other - 1]![at]!));
          expect(apart, `fields ${one} and ${other}`).toBeGreaterThan(0.1);
        }
      }
    });
  }

  test(`by ${name} words can be read on all grounds`, () => {
    for (const ink of ["ink", "ink-soft", "ink-quiet", "accent-strong", "trouble"]) {
      for (const ground of ["ground", "card", "well"]) {
        expect(contrast(light(theme, ink), light(theme, ground)), `${ink} on ${ground}`).toBeGreaterThan(4.5);
      }
    }
  });
}
