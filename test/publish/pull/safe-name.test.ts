import { expect, it } from "@jest/globals";
import { toSafeName } from "../../../publish/pull/safe-name.ts";

it.each([
  ["results.json", "results.json"],
  ["logs/a b.txt", "logs/a b.txt"],
  ["./x", "x"],
  ["..data/x", "..data/x"],
])("%j is %j", (said, name) => expect(toSafeName(said)).toBe(name));

it.each([
  "",
  ".",
  "..",
  "/etc/passwd",
  "../x",
  "a/../../x",
  "a//b",
  "a/",
  "a\\..\\b",
  "C:x",
  "a\0b",
  "\u001b[2J",
  "a\u202eb",
  "x".repeat(256),
  "a/".repeat(600) + "b",
])("%j is refused", (said) => expect(toSafeName(said)).toBeUndefined());
