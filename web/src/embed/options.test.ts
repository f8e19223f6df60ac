import { expect, test, vi } from "vitest";
import { Params } from "./address";
import { chartOptions, zoneOf } from "./options";

vi.stubGlobal("CSS", { supports: (_name: string, value: string) => value === "orange" });
const options = (search: string) => chartOptions(new Params(search));

test("nothing given is the service's default", () => {
  expect(options("")).toMatchObject({
    title: null,
    xaxis: "Date",
    yaxis: null,
    color: "#d62020",
    bgcolor: "#ffffff",
    kind: "line",
    width: null,
    height: null,
    dynamic: false,
    update: 15_000,
    export: false,
    low: null,
    high: null,
    grouped: false,
    most: 100,
    zone: null,
  });
});

test("the address that the service's website offers is read", () => {
  const read = options("?bgcolor=%23ffffff&color=%23d62020&dynamic=true&results=60&title=My+house&type=column&update=30&yaxismin=-5&yaxismax=40");
  expect(read).toMatchObject({ bgcolor: "#ffffff", title: "My house", kind: "column", dynamic: true, most: 60, update: 30_000, low: -5, high: 40 });
});

test("what makes no sense is as if it were not there", () => {
  const read = options("?type=pie&color=nonsense&width=-3&height=auto&update=x&yaxismin=5&yaxismax=5&results=0&timezone=Nowhere&dynamic=perhaps&round=-1");
  expect(read).toEqual(options("?timezone=Nowhere"));
  expect(read.low).toBeNull();
});

test("a step is a type or a switch, and only of lines", () => {
  expect(options("?type=step").kind).toBe("step");
  expect(options("?step=true").kind).toBe("step");
  expect(options("?step=true&type=bar").kind).toBe("bar");
});

test("a range keeps all of it, and an end lets nothing new in", () => {
  expect(options("?days=2")).toMatchObject({ most: 8_000, seconds: 172_800, closed: false });
  expect(options("?days=2&results=10").most).toBe(10);
  expect(options("?start=2024-05-06&end=2024-05-07").closed).toBe(true);
});

test("groups are known by spans that the server knows", () => {
  expect(options("?average=60").grouped).toBe(true);
  expect(options("?median=daily").grouped).toBe(true);
  expect(options("?average=61").grouped).toBe(false);
});

test("a zone is named, or hours, or the viewer's", () => {
  expect(zoneOf(new Params("?timezone=Asia/Tokyo&offset=2"))).toEqual({ name: "Asia/Tokyo" });
  expect(zoneOf(new Params("?offset=-5"))).toEqual({ hours: -5 });
  expect(zoneOf(new Params("?offset=99"))).toBeNull();
});
