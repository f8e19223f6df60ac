/** Asks the server that served this page. A "no" comes back as an error that says why in words. */

import { heardAt } from "../live/clock";

/** Where the dashboard's API is. */
export const API = "/api/v1";
/** Where the virtual boards are. */
export const BOARDS = `${API}/boards`;

/** How long the server may take to answer, in milliseconds. */
const PATIENCE = 10_000;

export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 if the server did not answer at all. */
    readonly status: number,
    message: string,
    /** The refusal's name, for those who tell one from another. */
    readonly code: string = "",
    /** How long to wait before asking again, in seconds, if the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

export async function get<T>(path: string): Promise<T> {
  const answer = await ask(path, {});
  heardAt(answer.headers.get("date"), Date.now());
  return (await answer.json()) as T;
}

/** Reads what is not for people: bytes. `leaving` ends it early. */
export async function getBytes(path: string, leaving: AbortSignal): Promise<ArrayBuffer> {
  const given = new AbortController();
  const end = () => given.abort();
  leaving.addEventListener("abort", end);
  const patience = setTimeout(end, PATIENCE);
  try {
    const answer = await ask(path, { signal: given.signal });
    heardAt(answer.headers.get("date"), Date.now());
    return await answer.arrayBuffer();
  } finally {
    clearTimeout(patience);
    leaving.removeEventListener("abort", end);
  }
}

export const post = <T = void>(path: string, body?: unknown, patience = PATIENCE): Promise<T> => change("POST", path, body, patience);
export const put = <T = void>(path: string, body?: unknown): Promise<T> => change("PUT", path, body);
export const patch = <T = void>(path: string, body?: unknown): Promise<T> => change("PATCH", path, body);
export const remove = <T = void>(path: string): Promise<T> => change("DELETE", path, undefined);

/** Words for anything that was thrown. */
export function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Called when the server does not know who asks, though it did. */
let signedOut: () => void = () => {};

export function onSignedOut(call: () => void): void {
  signedOut = call;
}

/** Sends what changes something. The header of our own is what a page of another site can't send. */
async function change<T>(method: string, path: string, body: unknown, patience = PATIENCE): Promise<T> {
  const headers: Record<string, string> = { "X-Fieldpost": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await ask(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }, patience);
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function ask(path: string, init: RequestInit, patience = PATIENCE): Promise<Response> {
  const signal = AbortSignal.timeout(patience);
  const answer = await fetch(path, { cache: "no-store", signal, ...init }).catch(() => {
    throw new ApiError(0, "The server does not answer. Is it running, and is this device still in its network?");
  });
  if (answer.ok) return answer;
  const error = await reason(answer);
  if (error.code === "sign_in") signedOut();
  throw error;
}

/**
 * The server's own words if it has any: a problem's `title`, `{"error":"…"}`, or ThingSpeak's
 * `{"error":{"message":"…"}}`.
 */
async function reason(answer: Response): Promise<ApiError> {
  const said: unknown = await answer.json().catch(() => null);
  const error = member(said, "error");
  const words = member(said, "title") ?? member(error, "message") ?? error;
  const title = typeof words === "string" ? words : `The server said no (HTTP ${answer.status}).`;
  const code = member(said, "code");
  const wait = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  return new ApiError(answer.status, title, typeof code === "string" ? code : "", Number.isNaN(wait) ? null : wait);
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
}
