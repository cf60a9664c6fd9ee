import { describe, expect, it } from "@jest/globals";
import type { AnnotationField } from "../../policies/schema/policy.ts";
import { explainUnsaid, findUnreadAnnotation } from "../../policies/unsaid.ts";

describe("an annotation that means a field, under a key that nothing reads", () => {
  it.each<[AnnotationField, string]>([
    ["environment", "environment"],
    ["environment", "com.example.environment"],
    ["environment", "com.example/ENV"],
    ["hardwareClass", "hardware_class"],
    ["hardwareClass", "acme.io/hardware"],
    ["modelFamily", "model_family"],
    ["modelFamily", "dev.acme.model.family"],
    ["modelVersion", "model-version"],
    ["complianceTags", "compliance"],
    ["collectionVersion", "evals.collection.version"],
    ["createdAt", "evaluated_at"],
  ])("%s: %s", (field, key) => {
    expect(findUnreadAnnotation({ [key]: "x", other: "y" }, field)).toBe(key);
  });

  it.each<[AnnotationField, string]>([
    ["environment", "environment-variables"],
    ["modelVersion", "org.opencontainers.image.version"],
    ["modelName", "com.example.model.license"],
    ["environment", `${"a".repeat(300)}.environment`],
  ])("is not what merely resembles one: %s, %s", (field, key) => {
    expect(findUnreadAnnotation({ [key]: "x" }, field)).toBeUndefined();
  });

  it("is looked for among the first annotations only", () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`key-${at}`, "x"]));
    expect(findUnreadAnnotation({ ...many, environment: "x" }, "environment")).toBeUndefined();
  });
});

describe("what is said of a field that an evaluation does not say", () => {
  it("names the annotation to publish", () => {
    expect(explainUnsaid({ annotations: {} }, "environment")).toEqual({
      note: "",
      remedy: "Publish the evaluation again with the annotation dev.assaygate.environment, which says it.",
    });
  });

  it("names the annotation that is there, and how a policy reads it; what a stranger wrote is escaped", () => {
    expect(explainUnsaid({ annotations: { environment: "prod\nadmitted" } }, "environment")).toEqual({
      note: ' (it has "environment=prod\\u{a}admitted", an annotation that this policy does not read)',
      remedy:
        "Name environment in the policy's annotationKeys.environment, or publish the evaluation again with dev.assaygate.environment.",
    });
  });
});
