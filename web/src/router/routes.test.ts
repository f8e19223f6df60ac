import { expect, test } from "vitest";
import { BOARDS, find, HOME } from "./routes";

const means = (path: string) => {
  const found = find(path);
  return found && [found.route.pattern, found.params];
};

test("an address finds its page and what it says to it", () => {
  expect(find("/")?.route).toBe(HOME);
  expect(find("/boards")?.route).toBe(BOARDS);
  expect(means("/channels/1242207")).toEqual(["/channels/:id", { id: "1242207" }]);
  expect(means("/channels/7/private_show")).toEqual(["/channels/:id/:tab", { id: "7", tab: "private_show" }]);
  expect(means("/channels/7/table/")).toEqual(["/channels/:id/:tab", { id: "7", tab: "table" }]);
  expect(means("/channels/7/commands")).toEqual(["/channels/:id/:tab", { id: "7", tab: "commands" }]);
  expect(means("/automations/12")).toEqual(["/automations/:id", { id: "12" }]);
  expect(means("/setup/7KQ2-9XMD")).toEqual(["/setup/:token", { token: "7KQ2-9XMD" }]);
});

test("a page of its own is not taken for a channel", () => {
  expect(means("/channels/public")).toEqual(["/channels/public", {}]);
  expect(means("/automations/new")).toEqual(["/automations/new", {}]);
});

test("what is not a page of the app is left to the server", () => {
  for (const path of ["/channels/7/feeds.json", "/channels/7/charts/1", "/channels/0", "/channels/x", "/automations/x", "/docs", "/nothing"]) {
    expect(find(path), path).toBeNull();
  }
});

test("a slip in the address is no page, and no error", () => {
  expect(means("/setup/%E0%A4%A")).toEqual(["/setup/:token", { token: "%E0%A4%A" }]);
});
