import { expect, test } from "vitest";
import { colour, Params, placeOf } from "./address";

const params = (address: string) => {
  const url = new URL(address, "http://x/");
  return new Params(url.search, url.hash);
};

test("the service's addresses say what to show", () => {
  expect(placeOf("/channels/7/charts/1")).toEqual({ kind: "chart", channel: 7, field: 1 });
  expect(placeOf("/channels/7/charts/1/")).toEqual({ kind: "chart", channel: 7, field: 1 });
  expect(placeOf("/channels/7/charts/x")).toEqual({ kind: "chart", channel: 7, field: 0 });
  expect(placeOf("/channels/7/maps/channel_show")).toEqual({ kind: "map", channel: 7 });
  expect(placeOf("/channels/7/status/recent.html")).toEqual({ kind: "statuses", channel: 7 });
  expect(placeOf("/channels/7/widgets/gauge")).toEqual({ kind: "widget", channel: 7, widget: "gauge", stored: false });
});

test("a widget of the service's website becomes a number, and says so", () => {
  expect(placeOf("/channels/7/widgets/1024026")).toEqual({ kind: "widget", channel: 7, widget: "number", stored: true });
});

test("what is no frame is none", () => {
  for (const path of ["/", "/embed.html", "/channels/x/charts/1", "/channels/7/charts", "/channels/7/widgets/clock", "/channels/7/charts/1/2"]) {
    expect(placeOf(path), path).toBeNull();
  }
});

test("a colour comes with its sign, without it, by name, and escaped twice", () => {
  const known = (text: string) => text === "orange" || text.startsWith("rgb(");
  for (const [text, css] of [
    ["#D62020", "#d62020"],
    ["d62020", "#d62020"],
    ["fa0", "#fa0"],
    ["%23ffffff", "#ffffff"],
    ["orange", "orange"],
    ["rgb(1, 2, 3)", "rgb(1, 2, 3)"],
  ] as const) {
    expect(colour(text, known), text).toBe(css);
  }
  for (const text of ["", "#12", "ff00ff00", "nonsense", "url(x)", "red;background:url(x)", "var(--x)"]) {
    expect(colour(text, known), text).toBeNull();
  }
});

test("an address that a forgotten escape has cut is read whole", () => {
  const cut = params("/channels/7/charts/1?bgcolor=#ffffff&color=#00f&results=60");
  expect(cut.colour("bgcolor", () => false)).toBe("#ffffff");
  expect(cut.colour("color", () => false)).toBe("#00f");
  expect(cut.count("results", 1, 8000)).toBe(60);
});

test("names that were escaped twice are understood, and the last of a name counts", () => {
  expect(params("?type=bar&amp;results=5&amp;amp;step=true").text("results")).toBe("5");
  expect(params("?type=bar&amp;results=5&amp;amp;step=true").is("step")).toBe(true);
  expect(params("?results=5&results=6").text("results")).toBe("6");
});

test("the key is found under each of its names and goes to the server as one", () => {
  for (const name of ["api_key", "key", "apikey"]) {
    expect(params(`?${name}=ABC&results=3&color=f00`).query("results").toString()).toBe("api_key=ABC&results=3");
  }
});
