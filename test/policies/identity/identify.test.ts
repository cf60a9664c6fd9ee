import { describe, expect, it } from "@jest/globals";
import { identifyModels } from "../../../policies/identity/identify.ts";
import type { Policy } from "../../../policies/policy.ts";
import type { Metadata, RunningModel, Workload } from "../../../policies/workload.ts";
import { aPolicy, aWorkload, runningModel } from "../../support/builders/decision.ts";
import { digest } from "../../support/builders/evidence.ts";

const aliases = [{ annotation: "assaygate.dev/model-name" }, { argument: "--served-model-name" }];
const accepting = (...name: string[]): Policy => aPolicy({ workload: { declared: { name } } });
const acceptingPlaces = accepting("Place");
const withAlias = aPolicy({ workload: { modelName: aliases, declared: { name: ["Place"] } } });
/** Loads from a claim, a bucket or a path. */
const placed: RunningModel = { ...runningModel, name: undefined, version: undefined, digest: undefined };
const inside: RunningModel = { ...placed, gap: "image" };
const hidden: RunningModel = { ...placed, gap: "opaque", unreadable: "a script that is mounted" };
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
      { names: ["ibm-granite/granite-3.1-8b-instruct"], version: "3.1.0", nameConflict: undefined },
    ]);
  });

  it("is declared on the pod template as well as on the object", () => {
    expect(identify({ models: [placed], metadata: [declaring({}), nameIs("granite")] }, acceptingPlaces)).toMatchObject(
      [{ names: ["granite"] }],
    );
  });

  it("is unknown where nothing says so", () => {
    expect(identify({ models: [] })).toMatchObject([{ names: [], version: undefined }]);
    expect(identify({ models: [placed] })).toMatchObject([{ names: [], version: undefined }]);
  });

  it("takes an empty declaration for none", () => {
    expect(identify({ models: [placed], metadata: [nameIs("")] }, acceptingPlaces)).toMatchObject([
      { names: [], nameConflict: undefined },
    ]);
  });
});

describe("a declaration", () => {
  const metadata = [declaring({ "assaygate.dev/model-name": "granite", "assaygate.dev/model-version": "3" })] as const;
  const everywhere = ["Place", "Image", "Opaque"];
  const gaps: [string, RunningModel[], string[]][] = [
    ["a place", [placed], ["Place"]],
    ["an image with a model inside", [inside], ["Image"]],
    ["an image that is not understood", [{ ...inside, unreadable: "no server is known by /run" }], ["Image"]],
    ["what cannot be read", [hidden], ["Opaque"]],
    ["what cannot be read, which the reader calls a place", [{ ...hidden, gap: "place" }], ["Opaque"]],
    ["what cannot be read, of which the reader says no more", [{ ...hidden, gap: undefined }], ["Opaque"]],
    ["nothing that names a model", [], ["Image", "Opaque"]],
  ];

  it.each(gaps)("names no model at %s, unless the policy lets it", (_, models, acceptedBy) => {
    expect(identify({ models, metadata })[0].names).toEqual([]);
    for (const gap of everywhere) {
      const names = acceptedBy.includes(gap) ? ["granite"] : [];
      expect([gap, identify({ models, metadata }, accepting(gap))[0].names]).toEqual([gap, names]);
    }
    expect(identify({ models, metadata }, accepting(...everywhere))[0].names).toEqual(["granite"]);
  });

  it.each(gaps)("never gives a digest, a quantization or adapters at %s", (_, models) => {
    const [model] = identify({ models, metadata }, accepting(...everywhere));
    const isPlace = models[0]?.unreadable === undefined && models[0]?.gap === undefined && models.length > 0;
    expect(model).toMatchObject({
      digest: undefined,
      quantization: isPlace ? "fp8" : undefined,
      adapters: isPlace ? ["sql-lora", "style-lora"] : undefined,
    });
  });

  it("gives the version at a place and for an image, where what runs names none, and not of what cannot be read", () => {
    expect(identify({ models: [placed], metadata })[0].version).toBe("3");
    expect(identify({ models: [inside], metadata })[0].version).toBe("3");
    expect(identify({ models: [hidden], metadata })[0].version).toBeUndefined();
    expect(identify({ models: [], metadata })[0].version).toBeUndefined();
    expect(identify({ models: [hidden], metadata }, accepting("Opaque"))[0].version).toBe("3");
  });

  it("gives no version where the policy refuses it, and contradicts what runs nevertheless", () => {
    const refusing = aPolicy({ workload: { declared: { name: ["Place"], version: "Refuse" } } });
    expect(identify({ models: [placed], metadata }, refusing)).toMatchObject([
      { names: ["granite"], version: undefined, refusedVersion: "3" },
    ]);
    expect(identify({ metadata: [versionIs("3.0.0")] }, refusing)[0].versionConflict).toBeDefined();
    expect(identify({ metadata: [versionIs("3.1.0")] }, refusing)).toMatchObject([
      { version: "3.1.0", versionConflict: undefined },
    ]);
  });
});

describe("a name that may stand for something else", () => {
  const redirected: RunningModel = { ...runningModel, unreadable: "HF_ENDPOINT leads to another hub" };

  it("is unknown, with its version, digest, quantization and adapters", () => {
    expect(identify({ models: [redirected] })).toMatchObject([
      { names: [], version: undefined, digest: undefined, quantization: undefined, adapters: undefined },
    ]);
  });

  it("counts where the policy accepts what cannot be read, but for what is never declared", () => {
    expect(identify({ models: [redirected] }, accepting("Place", "Image"))[0].names).toEqual([]);
    expect(identify({ models: [redirected] }, accepting("Opaque"))).toMatchObject([
      { names: ["ibm-granite/granite-3.1-8b-instruct"], version: "3.1.0", digest: undefined, adapters: undefined },
    ]);
  });

  it("cannot be contradicted by a declaration even then", () => {
    expect(
      identify({ models: [redirected], metadata: [nameIs("x")] }, accepting("Opaque"))[0].nameConflict,
    ).toBeDefined();
  });
});

describe("an environment from elsewhere that may change what is loaded", () => {
  const open: RunningModel = { ...runningModel, openEnvironment: "VLLM_LORA_MODULES from envFrom[0]" };

  it("leaves nothing known", () => {
    expect(identify({ models: [open] }, accepting("Place", "Image", "Opaque"))).toMatchObject([
      { names: [], version: undefined, digest: undefined, quantization: undefined, adapters: undefined },
    ]);
  });

  it("changes nothing where the policy accepts it", () => {
    const [model] = identify({ models: [open] }, aPolicy({ workload: { openEnvironment: "Accept" } }));
    expect(model).toEqual({ ...identify({})[0], sources: model.sources });
  });
});

describe("an image that the policy lists", () => {
  const image = `quay.io/acme/granite@${digest(5)}`;
  const listing = aPolicy({ workload: { images: [image] } });
  const metadata = [nameIs("granite")] as const;
  const running = (reference: string | undefined, container = inside.container): Partial<Workload> => ({
    models: [inside],
    metadata,
    images: [{ reference, container, field: "spec" }],
  });

  it("is vouched for, so that a declaration may say which model is inside", () => {
    expect(identify(running(image), listing)[0].names).toEqual(["granite"]);
    expect(identify(running(image))[0].names).toEqual([]);
  });

  it.each([
    ["another build", running(`quay.io/acme/granite@${digest(6)}`)],
    ["a tag", running("quay.io/acme/granite:1")],
    ["one that the object does not name", running(undefined)],
    ["one of another container", running(image, "other")],
    ["none that anybody read", { models: [inside], metadata }],
    [
      "one beside another in the same container",
      {
        ...running(image),
        images: [image, "x"].map((reference) => ({ reference, container: inside.container, field: "" })),
      },
    ],
  ])("is not %s", (_, workload) => {
    expect(identify(workload, listing)[0].names).toEqual([]);
  });

  it("is vouched for in nothing else", () => {
    expect(identify({ ...running(image), models: [placed] }, listing)[0].names).toEqual([]);
    expect(identify({ ...running(image), models: [hidden] }, listing)[0].names).toEqual([]);
    expect(identify({ ...running(image), models: [] }, listing)[0].names).toEqual([]);
  });
});

describe("contradictions", () => {
  it("between a declaration and what runs", () => {
    const [model] = identify({ metadata: [nameIs("mistral-7b")] });
    expect(model).toMatchObject({ names: ["ibm-granite/granite-3.1-8b-instruct"] });
    expect(model.nameConflict).toContain("mistral-7b");
  });

  it("between two declarations", () => {
    const [model] = identify({ models: [placed], metadata: [nameIs("a"), nameIs("b")] }, acceptingPlaces);
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
  const runsPlaced = { models: [placed], arguments: served("granite") };

  it("is not an identity by default", () => {
    expect(identify(runsPlaced, acceptingPlaces)).toMatchObject([{ names: [] }]);
    expect(identify({ arguments: served("granite"), metadata: [nameIs("granite")] })[0].nameConflict).toBeDefined();
  });

  it("counts where the policy lists its flag, and lets a declaration stand in", () => {
    expect(identify(runsPlaced, withAlias)).toMatchObject([{ names: ["granite"] }]);
    expect(identify(runsPlaced, aPolicy({ workload: { modelName: aliases } }))).toMatchObject([{ names: [] }]);
    expect(identify({ ...runsPlaced, models: [hidden] }, withAlias)).toMatchObject([{ names: [] }]);
  });

  it("is nothing beside the name of what runs", () => {
    expect(identify({ arguments: served("granite") }, withAlias)).toMatchObject([
      { names: ["ibm-granite/granite-3.1-8b-instruct"], nameConflict: undefined },
    ]);
    const declared = identify({ arguments: served("granite"), metadata: [nameIs("granite")] }, withAlias);
    expect(declared[0].nameConflict).toBeDefined();
  });

  it("of another container says nothing of this one, and an empty one says nothing", () => {
    for (const flags of [served("granite", "sidecar"), served("")])
      expect(identify({ models: [placed], arguments: flags }, withAlias)).toMatchObject([{ names: [] }]);
  });

  it("contradicts a declaration that names something else", () => {
    expect(identify({ ...runsPlaced, metadata: [nameIs("mistral")] }, withAlias)[0].nameConflict).toBeDefined();
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
    expect(first).toMatchObject({
      names: ["ibm-granite/granite-3.1-8b-instruct"],
      version: undefined,
      nameConflict: undefined,
    });
    expect(other).toMatchObject({ names: ["mistral-7b"], version: "0.3" });
  });

  it("leave a declaration to the only one that says nothing itself", () => {
    const [first, other] = identify(
      { models: [runningModel, { ...placed, container: "second" }], metadata },
      acceptingPlaces,
    );
    expect(first.nameConflict).toBeUndefined();
    expect(other).toMatchObject({ names: ["mistral-7b"], version: "0.3" });
  });

  it("stay unknown where a declaration could be about either", () => {
    expect(identify({ models: [placed, { ...placed, container: "second" }], metadata }, acceptingPlaces)).toMatchObject(
      [{ names: [] }, { names: [] }],
    );
  });

  it("contradict a declaration that is about none of them", () => {
    const models = identify({ models: [runningModel, second], metadata: [nameIs("llama")] });
    expect(models.every(({ nameConflict }) => nameConflict !== undefined)).toBe(true);
  });
});
