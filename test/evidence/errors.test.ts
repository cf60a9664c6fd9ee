import { describe, expect, it } from "@jest/globals";
import { EvidenceError, toUnseen, explainUnusable } from "../../evidence/errors.ts";
import { absent, type Failure, RegistryError } from "../../registry/errors.ts";

describe("why evidence is missing", () => {
  it.each<[Failure, Record<string, string>]>([
    [
      { kind: "absent", message: "gone" },
      { kind: "absent", message: "gone" },
    ],
    [refusal("corrupt"), { kind: "refused", reason: "EVIDENCE_CORRUPT", message: "no" }],
    [refusal("invalid"), { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" }],
    [doubt("no-answer"), { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "perhaps" }],
    [doubt("denied"), { kind: "unavailable", reason: "REGISTRY_DENIED", message: "perhaps" }],
    [doubt("out-of-time"), { kind: "unavailable", reason: "DEADLINE_EXCEEDED", message: "perhaps" }],
  ])("%j of a registry", (failure, missing) => {
    expect(explainUnusable(new RegistryError(failure))).toEqual(missing);
    expect(toUnseen(failure)).toEqual(missing);
  });

  it("is what evidence says of itself", () => {
    const evidence = { kind: "refused", reason: "EVALUATION_INCOMPLETE", message: "it failed" } as const;
    expect(explainUnusable(new EvidenceError(evidence))).toBe(evidence);
  });

  it("is not told by a bug", () => {
    expect(explainUnusable(new TypeError("a bug"))).toBeUndefined();
    expect(
      explainUnusable(Object.assign(new Error("looks like one"), { failure: absent("gone").failure })),
    ).toBeUndefined();
  });

  it("may be that too much is attached, which stays as it is", () => {
    const tooMany = { kind: "too-many", message: "65 are listed" } as const;
    expect(toUnseen(tooMany)).toBe(tooMany);
  });
});

function refusal(reason: "corrupt" | "invalid"): Failure {
  return { kind: "refused", reason, message: "no" };
}

function doubt(reason: "no-answer" | "denied" | "out-of-time"): Failure {
  return { kind: "unavailable", reason, message: "perhaps" };
}
