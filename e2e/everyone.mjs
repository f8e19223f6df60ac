// What is asked of every page: sizes, and what a machine can find that would keep somebody out.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const SIZES = { desk: {}, phone: PHONE };
export const SCHEMES = ["light", "dark"];

/** What axe finds, one line each. */
export async function violations(page) {
  // Evaluated by the browser's own door: a script tag would break the content policy.
  await page.evaluate(axe);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values } }), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}

/** By how many pixels the page is wider than the window. */
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** How far things that were there already have moved on the page so far, and go on to in the next milliseconds. */
export const shift = (page, wait) =>
  page.evaluate(
    (wait) =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), wait);
      }),
    wait,
  );
