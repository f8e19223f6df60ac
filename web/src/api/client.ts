/** Asks the server that served this page. A "no" comes back as an error that says why in words. */

import { heardAt } from "../live/clock";

/** How long the server may take to answer, in milliseconds. */
const PATIENCE = 10_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function get<T>(path: string): Promise<T> {
  const answer = await ask(path, {});
  heardAt(answer.headers.get("date"), Date.now());
  return (await answer.json()) as T;
}

export async function post(path: string, body: unknown): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(path, { cache: "no-store", signal, ...init }).catch(() => {
    throw new ApiError(0, "The server does not answer.");
  });
  if (!answer.ok) throw new ApiError(answer.status, await reason(answer));
  return answer;
}

/** The server's own words if it has any: `{"error":"…"}` or ThingSpeak's `{"error":{"message":"…"}}`. */
async function reason(answer: Response): Promise<string> {
  const said: unknown = await answer.json().catch(() => null);
  const error = member(said, "error");
  const words = member(error, "message") ?? error;
  return typeof words === "string" ? words : `The server said no (HTTP ${answer.status}).`;
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
}
