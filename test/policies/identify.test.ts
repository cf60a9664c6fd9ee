import { describe, expect, it } from "@jest/globals";
import { identifyModels } from "../../policies/identify.ts";
import type { Policy } from "../../policies/policy.ts";
import type { Metadata, RunningModel, Workload } from "../../policies/workload.ts";
import { aPolicy, aWorkload, runningModel } from "../support/decisions.ts";

const withAlias = aPolicy({
  workload: { modelName: [{ annotation: "assaygate.dev/model-name" }, { argument: "--served-model-name" }] },
});
const opaque: RunningModel = { ...runningModel, name: undefined, version: undefined };
const second: RunningModel = { ...runningModel, name: "mistral-7b", version: "0.3", container: "second" };

function declaring(
  annotations: Record<string, string>,
  labels: Record<string, string> = {},
  path = "metadata",
): Metadata {
  return { path, labels, annotations };
}
const nameIs = (name: string): Metadata => declaring({ "assaygate.dev/model-name": name });
const versionIs = (version: string): Metadata => declaring({ "assaygate.dev/model-version": version });
const served = (value: string, container = runningModel.container): Workload["arguments"] => [
  { name: "--served-model-name", value, container },
];

function identify(change: Partial<Workload>, policy: Policy = aPolicy()): ReturnType<typeof identifyModels> {
  return identifyModels(aWorkload({ metadata: [declaring({})], ...change }), policy.sources);
}

describe("a workload's model", () => {
  it("is what runs", () => {
    expect(identify({})).toMatchObject([
      { names: ["granite-3.1-8b-instruct"], version: "3.1.0", nameConflict: undefined },
    ]);
  });

  it("is what is declared where nothing recognisable runs", () => {
    const metadata = [
      declaring({ "assaygate.dev/model-name": "granite", "assaygate.dev/model-version": "3" }),
    ] as const;
    expect(identify({ models: [], metadata })).toMatchObject([{ names: ["granite"], version: "3" }]);
  });

  it("is declared on the pod template as well as on the object", () => {
    expect(identify({ models: [opaque], metadata: [declaring({}), nameIs("granite")] })).toMatchObject([
      { names: ["granite"] },
    ]);
  });

  it("is unknown where nothing says so", () => {
    expect(identify({ models: [] })).toMatchObject([{ names: [], version: undefined }]);
    expect(identify({ models: [opaque] })).toMatchObject([{ names: [], version: undefined }]);
  });

  it("is declared where what runs is a place and not a name", () => {
    expect(identify({ models: [opaque], metadata: [nameIs("granite")] })).toMatchObject([
      { names: ["granite"], nameConflict: undefined },
    ]);
  });

  it("takes an empty declaration for none", () => {
    expect(identify({ models: [opaque], metadata: [nameIs("")] })).toMatchObject([
      { names: [], nameConflict: undefined },
    ]);
  });
});

describe("contradictions", () => {
  it("between a declaration and what runs", () => {
    const [model] = identify({ metadata: [nameIs("mistral-7b")] });
    expect(model).toMatchObject({ names: ["granite-3.1-8b-instruct"] });
    expect(model.nameConflict).toContain("mistral-7b");
  });

  it("between two declarations", () => {
    const [model] = identify({ models: [opaque], metadata: [nameIs("a"), nameIs("b")] });
    expect(model.nameConflict).toBeDefined();
    expect(model.names).toEqual([]);
  });

  it("between a declared and a running version", () => {
    expect(identify({ metadata: [versionIs("3.0.0")] })[0].versionConflict).toBeDefined();
    expect(identify({ metadata: [versionIs("3.1.0")] })[0].versionConflict).toBeUndefined();
  });

  it("between the label of a version and what runs, only where no annotation decides first", () => {
    const label = { "app.kubernetes.io/version": "9" };
    expect(identify({ metadata: [declaring({}, label)] })[0].versionConflict).toBeDefined();
    expect(
      identify({ metadata: [declaring({ "assaygate.dev/model-version": "3.1.0" }, label)] })[0].versionConflict,
    ).toBeUndefined();
  });
});

describe("a served name", () => {
  it("is no identity by default", () => {
    expect(identify({ models: [opaque], arguments: served("granite") })).toMatchObject([{ names: [] }]);
    expect(identify({ arguments: served("granite"), metadata: [nameIs("granite")] })[0].nameConflict).toBeDefined();
  });

  it("counts where the policy lists its flag", () => {
    expect(identify({ models: [opaque], arguments: served("granite") }, withAlias)).toMatchObject([
      { names: ["granite"] },
    ]);
    const both = identify({ arguments: served("granite"), metadata: [nameIs("granite")] }, withAlias);
    expect(both).toMatchObject([{ names: ["granite-3.1-8b-instruct", "granite"], nameConflict: undefined }]);
  });

  it("of another container says nothing of this one", () => {
    expect(identify({ models: [opaque], arguments: served("granite", "sidecar") }, withAlias)).toMatchObject([
      { names: [] },
    ]);
  });

  it("contradicts a declaration that names something else", () => {
    expect(
      identify({ models: [opaque], arguments: served("granite"), metadata: [nameIs("mistral")] }, withAlias)[0]
        .nameConflict,
    ).toBeDefined();
  });
});

describe("several models", () => {
  const metadata = [
    declaring({ "assaygate.dev/model-name": "mistral-7b", "assaygate.dev/model-version": "0.3" }),
  ] as const;

  it("are each identified, and a declaration is about the one it names", () => {
    const [first, other] = identify({
      models: [
        { ...runningModel, version: undefined },
        { ...second, version: undefined },
      ],
      metadata,
    });
    expect(first).toMatchObject({ names: ["granite-3.1-8b-instruct"], version: undefined, nameConflict: undefined });
    expect(other).toMatchObject({ names: ["mistral-7b"], version: "0.3" });
  });

  it("leave a declaration to the only one that says nothing itself", () => {
    const [first, other] = identify({ models: [runningModel, { ...opaque, container: "second" }], metadata });
    expect(first.nameConflict).toBeUndefined();
    expect(other).toMatchObject({ names: ["mistral-7b"], version: "0.3" });
  });

  it("stay unknown where a declaration could be about either", () => {
    expect(identify({ models: [opaque, { ...opaque, container: "second" }], metadata })).toMatchObject([
      { names: [] },
      { names: [] },
    ]);
  });

  it("contradict a declaration that is about none of them", () => {
    const models = identify({ models: [runningModel, second], metadata: [nameIs("llama")] });
    expect(models.every(({ nameConflict }) => nameConflict !== undefined)).toBe(true);
  });
});
