/** Which page an address means. Pages are fetched when they are first wanted. Not here: what pages look like. */

import type { ComponentType } from "preact";

/** What a page finds in its address. */
export type Params = { [name: string]: string };

export type PageModule = { default: ComponentType<{ params: Params }> };

export type Route = {
  /** Segments; one that begins with a colon may be anything and has that name. */
  pattern: string;
  load: () => Promise<PageModule>;
  /** Shown to who is not signed in as well. */
  open?: boolean;
};

export const HOME: Route = { pattern: "/", load: () => import("../pages/home") };
export const BOARDS: Route = { pattern: "/boards", load: () => import("../pages/boards"), open: true };
export const LOST: Route = { pattern: "", load: () => import("../pages/lost"), open: true };
export const SIGN_IN: Route = { pattern: "/sign-in", load: () => import("../pages/sign-in"), open: true };
export const START: Route = { pattern: "", load: () => import("../pages/start"), open: true };

const channel = () => import("../pages/channel/route");
const automation = () => import("../pages/automations/editor");

export const ROUTES: readonly Route[] = [
  HOME,
  { ...HOME, pattern: "/channels" },
  { pattern: "/channels/public", load: () => import("../pages/public"), open: true },
  { pattern: "/channels/:id", load: channel, open: true },
  { pattern: "/channels/:id/:tab", load: channel, open: true },
  BOARDS,
  SIGN_IN,
  { pattern: "/setup/:token", load: () => import("../pages/setup"), open: true },
  { pattern: "/devices", load: () => import("../pages/devices") },
  { pattern: "/automations", load: () => import("../pages/automations") },
  { pattern: "/automations/new", load: automation },
  { pattern: "/automations/:id", load: automation },
  { pattern: "/new", load: () => import("../pages/new") },
  { pattern: "/account", load: () => import("../pages/account") },
  { pattern: "/import", load: () => import("../pages/import") },
  { pattern: "/users", load: () => import("../pages/users") },
  { pattern: "/backups", load: () => import("../pages/backups") },
];

/** The tabs of a channel’s page; the first two are the service’s own names for the view and the settings. */
export const TABS = ["private_show", "edit", "table", "commands", "connect", "doctor", "keys", "share", "settings"] as const;

export type Tab = "" | Exclude<(typeof TABS)[number], "private_show" | "edit">;

/** The page for a path, and what the path says to it. */
export function find(path: string): { route: Route; params: Params } | null {
  const parts = segments(path);
  for (const route of ROUTES) {
    const params = matched(segments(route.pattern), parts);
    if (params !== null && sane(params)) return { route, params };
  }
  return null;
}

function segments(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function matched(pattern: string[], parts: string[]): Params | null {
  if (pattern.length !== parts.length) return null;
  const params: Params = {};
  for (const [index, name] of pattern.entries()) {
    const part = parts[index]!;
    if (name.startsWith(":")) params[name.slice(1)] = decode(part);
    else if (name !== part) return null;
  }
  return params;
}

/** A channel's or an automation's number is one, and a channel's tab is known: `/channels/7/feeds.json` is none of our pages. */
function sane({ id, tab }: Params): boolean {
  return (id === undefined || /^[1-9]\d{0,17}$/.test(id)) && (tab === undefined || TABS.some((each) => each === tab));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
