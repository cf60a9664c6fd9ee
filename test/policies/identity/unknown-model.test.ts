import { describe, expect, it } from "@jest/globals";
import { isFailed } from "../../../policies/decision.ts";
import type { RunningModel, Workload } from "../../../policies/workload.ts";
import { asking, aWorkload, decideOn, runningModel } from "../../support/builders/decision.ts";

const placed: RunningModel = { ...runningModel, name: undefined, version: undefined, digest: undefined };
const named = { model: { name: "SameAsWorkload", version: "Any" } };
const versioned = { model: { name: "Any", version: "SameAsWorkload" } };
const { field } = runningModel;

function say(asks: Record<string, unknown>, workload: Partial<Workload>, reading: Record<string, unknown> = {}) {
  const decision = decideOn({ policies: [asking(asks, { workload: reading })], workload: aWorkload(workload) });
  const finding = decision.findings.find(isFailed);
  if (finding === undefined) throw new Error("everything passed");
  return { reason: finding.reason, message: finding.message, field: finding.field };
}

describe("what is not known of a model says what would help", () => {
  const cases: [string, ReturnType<typeof say>, readonly string[]][] = [
    [
      "a place",
      say(named, { models: [placed] }),
      [`${field} names a place`, "name the model there", "workload.declared.name: [Place]"],
    ],
    [
      "a place that the policy lets be declared",
      say(named, { models: [placed] }, { declared: { name: ["Place"] }, modelName: [{ label: "model" }] }),
      ["name the model there", "or name it in the label model"],
    ],
    [
      "an image",
      say(named, { models: [{ ...placed, gap: "image" }] }),
      ["by its own entry point", "give the server's command", "workload.declared.name: [Image]"],
    ],
    [
      "what cannot be read",
      say(named, { models: [{ ...placed, unreadable: "the script /run.sh" }] }),
      ["the script /run.sh", `plainly at ${field}`, "workload.declared.name: [Opaque]"],
    ],
    [
      "nothing that names a model",
      say(named, { models: [] }),
      ["nothing in the workload names a model", "start the server by its command", "name: [Image]"],
    ],
    [
      "an environment from elsewhere",
      say(named, { models: [{ ...runningModel, openEnvironment: "MODEL_ID, HF_ENDPOINT" }] }),
      ["MODEL_ID, HF_ENDPOINT", "set that in the container", "workload.openEnvironment: Accept"],
    ],
    ["no version", say(versioned, { models: [placed] }), ["--revision", "the annotation assaygate.dev/model-version"]],
    [
      "the version of what cannot be read",
      say(versioned, { models: [{ ...runningModel, unreadable: "the script /run.sh" }] }),
      ["the script /run.sh", "workload.declared.name: [Opaque]"],
    ],
    [
      "a version that the policy does not count",
      say(
        versioned,
        {
          models: [placed],
          metadata: [{ path: "metadata", labels: { "app.kubernetes.io/version": "7" }, annotations: {} }],
        },
        { declared: { version: "Refuse" } },
      ),
      ["declared version 7", "--revision", "workload.declared.version: Accept"],
    ],
    [
      "a digest",
      say({ model: { ...named.model, name: "Any", digest: "SameAsWorkload" } }, { models: [placed] }),
      ["any build of it may run", "a digest cannot be declared"],
    ],
    [
      "adapters where nothing names a model",
      say({ model: { name: "Any", version: "Any", adapters: "SameAsWorkload" } }, { models: [] }),
      ["nothing in the workload names a model", "with the model in its arguments"],
    ],
  ];

  it.each(cases)("%s", (_, found, parts) => {
    expect(found.reason).toBe("MODEL_UNKNOWN");
    for (const part of [...parts, "assaygate describe -f FILE"]) expect(found.message).toContain(part);
    expect(found.message).not.toMatch(/\n|undefined|\[object/);
  });
});

it("says one cause once, whatever it hides", () => {
  const hidden = { models: [{ ...runningModel, unreadable: "the script /run.sh" }] };
  expect(say(named, hidden)).toEqual(say(versioned, hidden));
});

describe("a contradiction says where it can be corrected", () => {
  it.each([
    ["of names", named, "assaygate.dev/model-name", "declared as other"],
    ["of versions", versioned, "assaygate.dev/model-version", "declared as version other"],
  ])("%s", (_, asks, annotation, contradiction) => {
    const metadata = [{ path: "metadata", labels: {}, annotations: { [annotation]: "other" } }] as const;
    const { reason, message } = say(asks, { metadata });
    expect(reason).toBe("MODEL_IDENTITY_CONFLICT");
    for (const part of [contradiction, field, "assaygate describe -f FILE"]) expect(message).toContain(part);
  });
});
