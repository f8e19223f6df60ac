import { expect, test } from "vitest";
import { device } from "./agent";

test("browsers are called by their names, though each claims to be the others", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
  const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  expect([chrome, edge, safari].map(device)).toEqual(["Chrome on Linux", "Edge on Windows", "Safari on iOS"]);
});

test("what is not a browser is shown as it calls itself", () => {
  expect(device("curl/8.14.1")).toBe("curl/8.14.1");
  expect(device("")).toBe("A program without a name");
});
