/**
 * What the address of the page brings along to read a channel with: the token of a share link (`?link=`) or a
 * read key (`?key=`). Requests that read a channel send it on.
 */

import { place } from "../router/router";

export type Access = { link: string } | { key: string } | null;

/** What this page came with; `null` for who reads as whoever is signed in, or as anybody. */
export function access(): Access {
  const query = place.value.query;
  const [link, key] = [query.get("link"), query.get("key")];
  if (link) return { link };
  return key ? { key } : null;
}

/** An address with the page's access in its query. */
export function withAccess(path: string): string {
  const brought = access();
  if (brought === null) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(brought)}`;
}
