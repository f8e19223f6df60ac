import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dependencies } from "../../package.json";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8").replaceAll("\r\n", "\n");

test("what others made is named with its licence", () => {
  const said = read("licences.txt");
  for (const name of [...Object.keys(dependencies), "@preact/signals-core"]) {
    expect(said).toContain(`== ${name}\n`);
    expect(said, `the licence of ${name} has changed`).toContain(read(`../../node_modules/${name}/LICENSE`).trim());
  }
});
