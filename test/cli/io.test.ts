import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { printAs } from "../../cli/format.ts";
import { print, toJson } from "../../cli/io.ts";
import { Collector } from "./program.ts";

/** What a terminal obeys, or shows as nothing: C0, C1, text that runs the other way, and what has no width. */
const hostile = [
  "\u001b]0;owned\u0007",
  "\u009b31m",
  "\u0085",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u{e0041}",
  "\u2028",
  "\ufeff",
  "\u3164",
  "\ud800",
  "\u001b[8m",
];

describe("what is printed", () => {
  it.each(hostile)("shows %j as what it is", (text) => {
    const out = new Collector();
    print(out, `before ${text} after ✔ … é`);
    expect(out.text).not.toContain(text);
    expect(out.text).toMatch(/^before \S*\\u\{[0-9a-f]+\}\S* after ✔ … é\n$/);
  });

  it("keeps colours, tabs and line breaks", () => {
    const out = new Collector();
    const text = "\u001b[31mred\u001b[39m\tand \u001b[1mbold\u001b[22m\nnext";
    print(out, text);
    expect(out.text).toBe(`${text}\n`);
  });

  it.each(["json", "yaml"] as const)("holds every value in %s, and obeys none", (format) => {
    const data = { keys: Object.fromEntries(hostile.map((one) => [`k${one}`, [one, "é ✔", `line\n${one}`]])) };
    const out = new Collector();
    printAs(format, { out }, data, () => []);
    for (const one of hostile) expect(out.text).not.toContain(one);
    const read: unknown = format === "json" ? JSON.parse(out.text) : parse(out.text);
    expect(read).toEqual(data);
  });

  it("escapes JSON by JSON's own means", () => {
    expect(toJson(["\u202e\u{e0041}"])).toBe('[\n  "\\u202e\\udb40\\udc41"\n]');
  });
});
