import { afterEach, expect, test, vi } from "vitest";
import { ApiError, get, onSignedOut, post, remove } from "./client";

afterEach(() => vi.unstubAllGlobals());

function answers(answer: () => Promise<Response>) {
  const fetch = vi.fn((_path: string, _init: RequestInit) => answer());
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("a body is sent as JSON and says so", async () => {
  const fetch = answers(async () => new Response(null, { status: 204 }));
  await post("/api/v1/boards/display/button", { pressed: true });
  const [path, init] = fetch.mock.calls[0]!;
  expect(path).toBe("/api/v1/boards/display/button");
  expect(init.headers).toEqual({ "Content-Type": "application/json", "X-Fieldpost": "1" });
  expect(init.body).toBe('{"pressed":true}');
});

test("a refusal is told in the server's words", async () => {
  answers(async () => Response.json({ error: "There is no such board." }, { status: 404 }));
  await expect(get("/api/v1/boards")).rejects.toEqual(new ApiError(404, "There is no such board."));
});

test("a refusal in ThingSpeak's form is told as well", async () => {
  const error = { error_code: "error_not_found", message: "There is no such channel." };
  answers(async () => Response.json({ status: "404", error }, { status: 404 }));
  await expect(get("/channels/9/feeds.json")).rejects.toThrow("There is no such channel.");
});

test("a refusal without words still says something", async () => {
  answers(async () => new Response("nothing here", { status: 404 }));
  await expect(get("/api/v1/boards")).rejects.toThrow("The server said no (HTTP 404).");
});

test("no answer is an error with status 0", async () => {
  answers(() => Promise.reject(new TypeError("failed to fetch")));
  await expect(get("/api/v1/boards")).rejects.toEqual(new ApiError(0, "The server does not answer. Is it running, and is this device still in its network?"));
});

test("a problem is told by its title, and known by its code", async () => {
  const problem = { status: 429, code: "too_many", title: "Too many attempts: wait 30 seconds." };
  const init = { status: 429, headers: { "Content-Type": "application/problem+json", "Retry-After": "30" } };
  answers(async () => new Response(JSON.stringify(problem), init));
  await expect(post("/api/v1/session", {})).rejects.toEqual(new ApiError(429, problem.title, "too_many", 30));
});

test("what comes back from a change is given on, and nothing where nothing comes", async () => {
  answers(async () => Response.json({ login: "ada" }));
  await expect(post("/api/v1/session", {})).resolves.toEqual({ login: "ada" });
  const fetch = answers(async () => new Response(null, { status: 204 }));
  await expect(remove("/api/v1/session")).resolves.toBeUndefined();
  const [, init] = fetch.mock.calls[0]!;
  expect(init.method).toBe("DELETE");
  expect(init.headers).toEqual({ "X-Fieldpost": "1" });
  expect(init.body).toBeUndefined();
});

test("a session that has ended is noticed, a wrong password is not one", async () => {
  const noticed = vi.fn();
  onSignedOut(noticed);
  answers(async () => Response.json({ code: "sign_in_failed", title: "No." }, { status: 401 }));
  await expect(post("/api/v1/session", {})).rejects.toThrow("No.");
  expect(noticed).not.toHaveBeenCalled();
  answers(async () => Response.json({ code: "sign_in", title: "Sign in first." }, { status: 401 }));
  await expect(get("/api/v1/channels")).rejects.toThrow("Sign in first.");
  expect(noticed).toHaveBeenCalledOnce();
});
