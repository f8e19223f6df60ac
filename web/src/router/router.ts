/**
 * Where the reader is, and how they get elsewhere without the page being loaded anew: links that lead to pages of
 * ours are followed here, all others by the browser. Which page an address means is told by `routes.ts`.
 */

import { signal } from "@preact/signals";

export type Place = { path: string; query: URLSearchParams; hash: string };

/** Where the reader is. */
export const place = signal<Place>(parse("/"));

/** Counts arrivals at another page, so that a page's heading knows when to take the focus. */
export const arrivals = signal(0);

/** How far down a page is to be once it is there again. */
let depth = 0;

/** Goes to an address of ours. `stay` is for a change within a page, such as its range: neither focus nor scroll moves. */
export function go(to: string, how: { replace?: boolean; stay?: boolean } = {}): void {
  const next = parse(to);
  const address = to.startsWith("?") ? place.value.path + to : to;
  if (how.replace) {
    history.replaceState(history.state, "", address);
  } else {
    keepDepth();
    history.pushState({ depth: 0 }, "", address);
  }
  const elsewhere = next.path !== place.value.path;
  place.value = next;
  if (elsewhere && !how.stay) arrive();
}

/** Changes the query of the address, where a value of `null` takes a name out. */
export function setQuery(values: Record<string, string | null>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(place.value.path + (text && `?${text}`) + place.value.hash, { replace: true, stay: true });
}

/** Begins to follow links and the browser's buttons. `ours` tells which paths are pages of this app. */
export function startRouter(ours: (path: string) => boolean): void {
  place.value = parse(location.href);
  history.scrollRestoration = "manual";
  history.replaceState({ depth: 0, ...history.state }, "");
  document.addEventListener("click", (event) => {
    const to = followed(event, ours);
    if (to === null) return;
    event.preventDefault();
    go(to);
  });
  addEventListener("popstate", (event) => {
    const before = place.value.path;
    place.value = parse(location.href);
    const state = event.state as { depth?: number } | null;
    if (place.value.path !== before) arrive(state?.depth ?? 0);
  });
  addEventListener("pagehide", keepDepth);
}

/** Called by a page once it stands: brings it to where it was left, or to its top. */
export function settle(): void {
  const wanted = depth;
  scrollTo(0, wanted);
  if (wanted === 0) return;
  // What is still being read makes the page longer; until the reader moves, it follows.
  const longer = new ResizeObserver(() => scrollTo(0, wanted));
  const end = () => {
    longer.disconnect();
    for (const sign of HANDS) removeEventListener(sign, end);
  };
  longer.observe(document.body);
  for (const sign of HANDS) addEventListener(sign, end, { passive: true });
  setTimeout(end, 2_000);
}

const HANDS = ["wheel", "touchstart", "keydown", "pointerdown"] as const;

/** The address that a click leads to, if it is for us to follow. */
export function followed(event: MouseEvent, ours: (path: string) => boolean): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return null;
  }
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.hasAttribute("href") || link.hasAttribute("download") || (link.target && link.target !== "_self")) return null;
  const to = new URL(link.href);
  if (to.origin !== location.origin || !ours(to.pathname)) return null;
  const here = to.pathname === location.pathname && to.search === location.search;
  return here && to.hash ? null : to.pathname + to.search + to.hash;
}

/** The page is about to become another one: its heading takes the focus, at its top or so far down. */
export function arrive(at = 0): void {
  depth = at;
  arrivals.value += 1;
}

function keepDepth(): void {
  history.replaceState({ ...history.state, depth: scrollY }, "");
}

function parse(address: string): Place {
  const base = globalThis.location?.href ?? "http://localhost/";
  const url = new URL(address, base);
  return { path: url.pathname, query: url.searchParams, hash: url.hash };
}
