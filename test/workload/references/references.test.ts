import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment, anObject, read } from "../../support/builders/workload.ts";

const key = "assaygate.dev/evaluation";
const one = `quay.io/acme/evals@sha256:${"1".repeat(64)}`;
const two = `quay.io/acme/evals@sha256:${"2".repeat(64)}`;
const onObject = `metadata.annotations[${key}]`;
const onTemplate = `spec.template.metadata.annotations[${key}]`;

function referencesOf(object: string | undefined, template: string | undefined) {
  return read(aDeployment({ metadata: at(object), template: at(template) })).references;
}

const at = (text: string | undefined) => (text === undefined ? {} : { annotations: { [key]: text } });

const many = (count: number) => Array.from({ length: count }, () => one).join(" ");

describe("the annotation may stand on the object or on its pod template", () => {
  it.each([
    ["nowhere", undefined, undefined, 0, onObject],
    ["on the object", one, undefined, 1, onObject],
    ["on the template", undefined, `${one} ${two}`, 2, onTemplate],
    ["on both, the same", one, one, 1, onObject],
    ["on both, in another order and repeated", `${one},${two}`, `${two} ${one}\n${one}`, 2, onObject],
    ["on both, with a tag that is ignored", one, one.replace("@", ":v1@"), 1, onObject],
  ])("%s", (_where, object, template, count, field) => {
    const references = referencesOf(object, template);
    expect(references).toMatchObject({ problem: undefined, field });
    expect(references.entries).toHaveLength(count);
    expect(references.entries.every(({ kind }) => kind === "full")).toBe(true);
  });

  it.each([
    ["another digest", one, two],
    ["more on the template", one, `${one} ${two}`],
    ["less on the template", `${one} ${two}`, one],
    ["an empty one", one, ""],
    ["a malformed one", one, "latest"],
  ])("they must agree: %s", (_what, object, template) => {
    expect(referencesOf(object, template).problem).toContain("names different evidence");
  });
});

describe("an annotation", () => {
  it("that is empty is one malformed reference", () => {
    expect(referencesOf("", undefined).entries).toEqual([expect.objectContaining({ kind: "malformed", text: "" })]);
  });

  it("may name 16 references and no more", () => {
    expect(referencesOf(many(16), undefined).problem).toBeUndefined();
    expect(referencesOf(many(17), undefined).problem).toBe("17 references, at most 16");
  });

  it("on a Pod is read once", () => {
    const { metadata, references } = read(anObject("v1", "Pod", { containers: [] }, { annotations: { [key]: one } }));
    expect(metadata.map(({ path }) => path)).toEqual(["metadata"]);
    expect(references).toMatchObject({ field: onObject, problem: undefined });
  });

  it.each(["constructor", "__proto__"])("is not confused with %s", (name) => {
    const metadata: Json = JSON.parse(`{"annotations":{"${name}":"x"}}`);
    const workload = read(aDeployment({ metadata }));
    expect(Object.hasOwn(workload.metadata[0].annotations, name)).toBe(true);
    expect(workload.references.entries).toEqual([]);
  });
});
