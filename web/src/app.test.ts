import { expect, test } from "vitest";
import type { Me, Server } from "./api/contract";
import { pageFor } from "./app";
import { BOARDS, HOME, LOST, SIGN_IN, START } from "./router/routes";

const ada: Me = { login: "ada", admin: true, timezone: null, email: null, api_key: "K" };
// What else a server says of itself decides no page.
const server = { version: "1", set_up: true, signed_in: null, boards: false } as Server;
const page = (path: string, more: Partial<Server>) => pageFor(path, { ...server, ...more }).route;

test("the first address shows what there is for who asks", () => {
  expect(page("/", { signed_in: ada })).toBe(HOME);
  expect(page("/", { signed_in: ada, boards: true })).toBe(HOME);
  expect(page("/", { boards: true, set_up: false })).toBe(BOARDS);
  expect(page("/", {})).toBe(SIGN_IN);
  expect(page("/", { boards: true })).toBe(SIGN_IN);
  expect(page("/", { set_up: false })).toBe(START);
});

test("who must sign in first finds the door at the address they wanted", () => {
  expect(page("/account", {})).toBe(SIGN_IN);
  expect(page("/account", { set_up: false })).toBe(START);
  expect(page("/account", { signed_in: ada }).pattern).toBe("/account");
});

test("a channel is looked at without signing in: it may be public, or come with a link", () => {
  expect(page("/channels/7", {}).pattern).toBe("/channels/:id");
});

test("an address that means nothing says so to everybody", () => {
  expect(page("/nothing", {})).toBe(LOST);
  expect(page("/nothing", { signed_in: ada })).toBe(LOST);
});
