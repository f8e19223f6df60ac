import { expect, test } from "vitest";
import { choices, isThisMachine } from "./addresses";

const lan = "http://192.168.1.20:8080";

test("an address of the network comes before one that means this machine", () => {
  expect(choices([lan], "http://localhost:8080/channels/1")).toEqual([lan, "http://localhost:8080"]);
});

test("the address that brought the reader here comes first, and once", () => {
  expect(choices(["http://10.0.0.5:8080", lan], `${lan}/channels/1`)).toEqual([lan, "http://10.0.0.5:8080"]);
  expect(choices([lan], "http://post.lan:8080/")).toEqual(["http://post.lan:8080", lan]);
});

test("a page read over https by the server's own port is plain http for boards", () => {
  expect(choices([lan], "https://192.168.1.20:8080/")).toEqual([lan]);
});

test("a page that somebody else brings over https stays as it is", () => {
  expect(choices([lan], "https://post.example.org/")).toEqual(["https://post.example.org", lan]);
});

test("without any other address the reader's own has to do", () => {
  expect(choices([], "http://127.0.0.1:9000/")).toEqual(["http://127.0.0.1:9000"]);
});

test("which addresses mean this machine", () => {
  const own = ["http://localhost", "http://127.0.0.1:1", "http://[::1]:8080", "http://a.localhost"];
  expect(own.map(isThisMachine)).toEqual([true, true, true, true]);
  expect([lan, "http://localhost.lan", "http://[fd00::1]"].map(isThisMachine)).toEqual([false, false, false]);
});
