/** Who is signed in, and what server this is: asked once at the start, and again whenever it may have changed. */

import { computed, signal } from "@preact/signals";
import { API, get, onSignedOut, remove } from "./api/client";
import type { Me, Server } from "./api/contract";

/** What the server says of itself; `null` until it has answered. */
export const server = signal<Server | null>(null);

/** Who is signed in. */
export const me = computed<Me | null>(() => server.value?.signed_in ?? null);

/** True while the server does not answer. */
export const away = signal(false);

const RETRY = 3_000;

/** Asks the server about itself, until it answers. */
export async function loadServer(): Promise<void> {
  for (;;) {
    try {
      server.value = await get<Server>(`${API}/server`);
      away.value = false;
      return;
    } catch {
      away.value = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

/** Takes in what the server said about who is signed in now. */
export function signedIn(who: Me | null): void {
  const known = server.peek();
  if (known !== null && (who !== null || known.signed_in !== null)) server.value = { ...known, signed_in: who, set_up: known.set_up || who !== null };
}

export async function signOut(): Promise<void> {
  await remove(`${API}/session`);
  signedIn(null);
}

/** The zone that times are shown in: what the reader chose, else where they are. */
export const zone = computed<string | undefined>(() => me.value?.timezone ?? undefined);

onSignedOut(() => signedIn(null));
