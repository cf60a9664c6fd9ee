import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parseReferences } from "../../workload/references/evidence-reference.ts";
import { parseDigest } from "../../policies/digest.ts";
import { parseDurationMs, showDuration } from "../../policies/language/duration.ts";
import { compileGlob } from "../../policies/language/glob.ts";
import { findNearest } from "../../policies/language/nearest.ts";
import { compileRepositoryPattern } from "../../policies/language/repository.ts";
import { compileLabelSelector } from "../../policies/language/selector.ts";
import type { RepositoryPattern } from "../../policies/patterns.ts";
import { show, showAll } from "../../policies/show.ts";
import { parseRfc3339 } from "../../policies/time.ts";
import { compileVersionRule } from "../../policies/language/version.ts";

const hex = "a".repeat(64);

describe("parseDigest", () => {
  it("takes the one canonical spelling", () => expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`));
  it.each([
    `sha512:${hex}${hex}`,
    `sha256:${hex.toUpperCase()}`,
    `SHA256:${hex}`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}a`,
    ` sha256:${hex}`,
    `sha256:${hex}\n`,
    `sha256:${hex}\u200b`,
    `sha256:sha256:${hex}`,
    hex,
    "",
  ])("refuses %j (T04)", (text) => expect(parseDigest(text)).toBeUndefined());
});

describe("compileGlob", () => {
  it.each([
    ["prod-*", "prod-chat", true],
    ["prod-*", "prod-", true],
    ["prod-*", "preprod-chat", false],
    ["*", "", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "ac", false],
    ["ab*ba", "aba", false],
    ["a.c", "abc", false],
    ["prod", "prod-chat", false],
    ["**", "anything", true],
  ])("%s on %s: %s", (pattern, text, expected) => expect(compileGlob(pattern)(text)).toBe(expected));

  it("agrees with a regular expression of the same meaning", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 }), (pattern, text) => {
        expect(compileGlob(pattern)(text)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("compileRepositoryPattern", () => {
  const compile = (text: string): RepositoryPattern => {
    const pattern = compileRepositoryPattern(text);
    if (typeof pattern === "string") throw new Error(pattern);
    return pattern;
  };
  it.each([
    ["quay.io/acme/evals", "quay.io/acme/evals", true],
    ["quay.io/acme/evals", "quay.io/acme/evals/x", false],
    ["quay.io/acme/evals", "quay.io/acme/evals-evil", false],
    ["quay.io/acme/**", "quay.io/acme/evals", true],
    ["quay.io/acme/**", "quay.io/acme/evals/deep", true],
    ["quay.io/acme/**", "quay.io/acme", false],
    ["quay.io/acme/**", "quay.io/acme-evil/evals", false],
    ["quay.io/*/evals", "quay.io/acme/evals", true],
    ["quay.io/*/evals", "quay.io/a/b/evals", false],
    ["quay.io/**", "quay.io.evil.com/acme/evals", false],
    ["quay.io/**", "evil.com/quay.io/acme", false],
    ["localhost:5000/evals", "localhost:5000/evals", true],
    ["localhost:5000/evals", "localhost:5001/evals", false],
  ])("%s on %s: %s (T09)", (pattern, repository, expected) =>
    expect(compile(pattern).matches(repository)).toBe(expected),
  );

  it.each([
    "*.io/acme",
    "quay.io",
    "acme/evals",
    "quay.io/",
    "quay.io/Acme",
    "quay.io/a/../b",
    "quay.io/a//b",
    "**",
    "https://quay.io/acme",
    "user@quay.io/acme",
    "quay.io/a%2e",
    "quay.io/a?b",
  ])("refuses %s (T11)", (text) => expect(typeof compileRepositoryPattern(text)).toBe("string"));

  it("is exact only without a wildcard", () => {
    expect([compile("quay.io/a/b").exact, compile("quay.io/*/b").exact, compile("quay.io/a/**").exact]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("compileVersionRule", () => {
  it.each([
    ["2.1.0", "2.1.0", true],
    ["2.1.0", "2.1.0+build", false],
    [">=2.1.0 <3", "2.10.0", true],
    [">=2.1.0 <3", "3.0.0-rc.1", false],
    ["^2.1", "2.9.9", true],
    ["2.x", "2.3.0", true],
    ["2.x", "v2.3.0", false],
    [">=2", "2.3", false],
    [">=2", "latest", false],
    [">=2", "", false],
  ])("%s on %s: %s (T32)", (rule, version, expected) =>
    expect(compileVersionRule(rule)?.allows(version)).toBe(expected),
  );
  it("knows a range that is none", () => expect(compileVersionRule(">=a")).toBeUndefined());
});

describe("parseRfc3339", () => {
  it.each([
    ["2026-06-16T05:20:07Z", "2026-06-16T05:20:07.000Z"],
    ["2026-06-16T05:20:07.123456+00:00", "2026-06-16T05:20:07.123Z"],
    ["2026-06-16T05:20:07-07:00", "2026-06-16T12:20:07.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("%s", (text, expected) => expect(parseRfc3339(text)?.toISOString()).toBe(expected));
  it.each([
    "2026-06-16",
    "2026-06-16T05:20:07",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-06-16T24:00:00Z",
    "2026-06-16T05:60:00Z",
    "2026-06-16 05:20:07Z",
    "2026-06-16T05:20:07z",
    "2026-06-16T05:20:07+0000",
    "2026-06-16T05:20:07+25:00",
    "yesterday",
    " 2026-06-16T05:20:07Z",
  ])("refuses %s (T26)", (text) => expect(parseRfc3339(text)).toBeUndefined());
});

describe("compileLabelSelector", () => {
  const selects = (document: Parameters<typeof compileLabelSelector>[0], labels: Record<string, string>): boolean => {
    const selector = compileLabelSelector(document);
    if (typeof selector === "string") throw new Error(selector);
    return selector.selects(labels);
  };
  const expression = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]) => ({
    matchExpressions: [{ key: "a", operator, ...(values.length > 0 && { values }) }],
  });
  it.each([
    [{}, {}, true],
    [{ matchLabels: { a: "1" } }, { a: "1", b: "2" }, true],
    [{ matchLabels: { a: "1" } }, { a: "2" }, false],
    [{ matchLabels: { constructor: "x" } }, {}, false],
    [expression("In", "1", "2"), { a: "2" }, true],
    [expression("In", "1"), {}, false],
    [expression("NotIn", "1"), {}, true],
    [expression("NotIn", "1"), { a: "1" }, false],
    [expression("Exists"), { a: "" }, true],
    [expression("Exists"), {}, false],
    [expression("DoesNotExist"), {}, true],
    [expression("DoesNotExist"), { a: "" }, false],
  ])("%j on %j: %s", (document, labels, expected) =>
    expect(selects(document, labels as Record<string, string>)).toBe(expected),
  );
  it.each([expression("In"), expression("Exists", "1")])("refuses %j", (document) =>
    expect(typeof compileLabelSelector(document)).toBe("string"),
  );
});

describe("words for people", () => {
  it("durations are summed and shown in a fitting unit", () => {
    expect(parseDurationMs("1d12h")).toBe(36 * 3_600_000);
    expect([showDuration(41 * 86_400_000), showDuration(5 * 3_600_000), showDuration(60_000)]).toEqual([
      "41 days",
      "5 hours",
      "1 minute",
    ]);
  });
  it("foreign values cannot pass for something else (T29)", () => {
    expect(show("production")).toBe("production");
    expect(show("prоduction")).toBe('"pr\\u{43e}duction"');
    expect(show("production ")).toBe('"production "');
    expect(show("a\nb")).toBe('"a\\u{a}b"');
    expect(show("x".repeat(500)).length).toBeLessThan(130);
    expect(showAll(Array.from({ length: 12 }, (_, at) => `t${at}`))).toMatch(/ and 4 more$/);
  });
  it("nearest suggests what was meant, and nothing for what is far", () => {
    expect(findNearest("environmnt", ["environment", "benchmarks"])).toBe("environment");
    expect(findNearest("zzz", ["environment", "benchmarks"])).toBeUndefined();
  });
});

describe("hostile lengths (T33)", () => {
  it("globs end where an engine that backtracks would not", () => {
    expect(compileGlob("*a".repeat(40))(`${"a".repeat(100_000)}b`)).toBe(false);
    expect(compileGlob(`${"*a".repeat(40)}*`)("a".repeat(100_000))).toBe(true);
  });
  it("references end, whatever they are made of", () => {
    const length = 256 * 1024;
    expect(parseReferences(" ".repeat(length))).toHaveLength(2);
    for (const text of [
      "a-".repeat(length / 2),
      "a.".repeat(length / 2),
      ",".repeat(1_000),
      `quay.io/${"a-".repeat(length / 2)}@sha256:${hex}`,
    ]) {
      expect(parseReferences(text).every(({ kind }) => kind === "malformed")).toBe(true);
    }
  });
  it("patterns, versions and dates end", () => {
    expect(typeof compileRepositoryPattern(`quay.io/${"a-".repeat(100_000)}`)).toBe("string");
    expect(compileVersionRule(">=1.0.0")?.allows(`1.${"0".repeat(100_000)}.0`)).toBe(false);
    expect(parseRfc3339(`2026-01-01T00:00:00.${"0".repeat(100_000)}Z`)).toBeUndefined();
    expect(show("\u0000".repeat(100_000)).length).toBeLessThan(2_000);
  });
});
