import { expect, test } from "@jest/globals";
import type { Arity } from "../../workload/flags/tables/table.ts";
import { type Parsed, uniteTables } from "../../scripts/server-flags/union.ts";

const flag = (name: string, arity: Arity, canonical = name, json = false) => ({ name, canonical, arity, json });
const version = (...flags: Parsed["flags"]): Parsed => ({ flags, positionals: [], allowAbbrev: true });

test("keeps a flag that a later version no longer has", () => {
  expect(uniteTables([version(flag("--old", "one")), version(flag("--new", "none"))])).toMatchObject({
    one: "--old",
    none: "--new",
  });
});

test("a flag that takes another number of words in another version is unsure", () => {
  expect(uniteTables([version(flag("--ratio", "optional")), version(flag("--ratio", "none"))])).toEqual({
    positionals: [],
    allowAbbrev: true,
    unsure: "--ratio",
  });
});

test("a flag that another version takes as the beginning of a flag with another number of words is unsure", () => {
  const versions = [version(flag("--quiet", "none")), version(flag("--quiet-level", "one"))];
  expect(uniteTables(versions)).toMatchObject({ unsure: "--quiet", one: "--quiet-level" });
  expect(uniteTables(versions.map((one) => ({ ...one, allowAbbrev: false })))).toMatchObject({ none: "--quiet" });
});

test("the newest version says what a name stands for, and JSON is told by that name", () => {
  const before = version(flag("-c", "one", "--config"), flag("--config", "one", "--config"));
  const after = version(flag("-c", "one", "--compile", true), flag("--compile", "one", "--compile", true));
  expect(uniteTables([before, after])).toMatchObject({ one: "--compile=-c --config", json: "--compile" });
});

test("versions that differ in their positional arguments get no common table", () => {
  const positional = { ...version(), positionals: [{ name: "model", arity: "one" as const }] };
  expect(() => uniteTables([version(), positional])).toThrow("positional");
  expect(() => uniteTables([])).toThrow("no version");
});
