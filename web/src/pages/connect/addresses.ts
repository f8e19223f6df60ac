/** Where boards can find this server: what it says of itself, and the address that brought the reader here. */

/**
 * The addresses to choose from, best first. The reader's own is known to work, so it comes first, unless it
 * is one that means "this machine" and leads boards nowhere: then it comes last.
 */
export function choices(addresses: readonly string[], page: string): string[] {
  const here = reachable(new URL(page), addresses);
  const others = addresses.map((each) => new URL(each).origin).filter((each) => each !== here);
  return isThisMachine(here) ? [...others, here] : [here, ...others];
}

/** True for an address that every machine has for itself. */
export function isThisMachine(address: string): boolean {
  const { hostname } = new URL(address);
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** The server speaks http and https on the same port, and boards have less trouble with http. */
function reachable(page: URL, addresses: readonly string[]): string {
  const plain = `http://${page.host}`;
  const own = page.protocol === "https:" && page.port !== "" && addresses.some((each) => new URL(each).port === page.port);
  return own ? plain : page.origin;
}
