/** Picks the page for where the reader is and who they are, fetches it, and puts it into the frame. */

import { effect, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Server } from "./api/contract";
import { WaitingPage } from "./pages/waiting";
import { place } from "./router/router";
import { BOARDS, find, HOME, LOST, type Params, type Route, SIGN_IN, START } from "./router/routes";
import { away, server } from "./session";
import { Frame } from "./ui/frame";

type Shown = { route: Route; page: ComponentType<{ params: Params }>; params: Params };

const shown = signal<Shown | null>(null);
/** The page could not be fetched. */
const missing = signal(false);

export function App() {
  if (away.value && server.value === null) return <WaitingPage />;
  if (missing.value) return <WaitingPage />;
  if (shown.value === null) return null;
  const { route, page: Page, params } = shown.value;
  return (
    <Frame>
      <Page key={route.pattern} params={params} />
    </Frame>
  );
}

/** Which page it is. Who must sign in first sees the door at the address they wanted, and stays there. */
export function pageFor(path: string, server: Server): { route: Route; params: Params } {
  const door = server.set_up ? SIGN_IN : START;
  if (path === "/") {
    if (server.signed_in !== null) return { route: HOME, params: {} };
    // A demo needs nobody to sign in. That its boards do not run, its page says itself.
    return { route: server.boards && !server.set_up ? BOARDS : door, params: {} };
  }
  const found = find(path);
  if (found === null) return { route: LOST, params: {} };
  if (server.signed_in === null && !found.route.open) return { route: door, params: {} };
  return found;
}

/** Follows where the reader is. The page before stays until the next has been fetched. */
export function followPlace(): void {
  let turn = 0;
  effect(() => {
    if (server.value === null) return;
    const { route, params } = pageFor(place.value.path, server.value);
    const mine = ++turn;
    const before = shown.peek();
    if (before?.route === route) {
      shown.value = { ...before, params };
      return;
    }
    void fetched(route).then((page) => {
      if (mine !== turn) return;
      missing.value = page === null;
      if (page !== null) shown.value = { route, page, params };
    });
  });
}

const fetchedPages = new Map<Route["load"], ComponentType<{ params: Params }>>();

/** `null` if it can't be had: the server is away, or was replaced by one with other files. */
async function fetched(route: Route): Promise<ComponentType<{ params: Params }> | null> {
  const known = fetchedPages.get(route.load);
  if (known !== undefined) return known;
  try {
    const page = (await route.load()).default;
    fetchedPages.set(route.load, page);
    return page;
  } catch {
    setTimeout(() => location.reload(), RETRY);
    return null;
  }
}

const RETRY = 3_000;
