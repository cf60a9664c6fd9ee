import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Policy } from "../../../policies/policy.ts";
import type { RunningModel, Workload } from "../../../policies/workload.ts";
import { asking, aWorkload, decideOn, runningModel } from "../../support/builders/decision.ts";
import { digest, found } from "../../support/builders/evidence.ts";

const good = "ibm-granite/granite-3.1-8b-instruct";
const listed = `quay.io/acme/vllm@${digest(5)}`;

/** What whoever deploys can do to what the gate reads, without running another model: to say less, or to say it elsewhere. */
const hidings = fc.subarray<Partial<RunningModel>>(
  [
    { name: undefined },
    { version: undefined },
    { digest: undefined },
    { quantization: undefined },
    { gap: "place" },
    { gap: "image" },
    { gap: "opaque" },
    { unreadable: "a script that is mounted" },
    { openEnvironment: "MODEL_ID" },
    { hiddenAdapters: "the serving runtime may load some" },
  ],
  { minLength: 1 },
);
const declared = fc.record(
  {
    "assaygate.dev/model-name": fc.constantFrom(good, "other", ""),
    "assaygate.dev/model-version": fc.constantFrom("3.1.0", "9"),
    digest: fc.constant(digest(66)),
  },
  { requiredKeys: [] },
);
const aliases = fc
  .subarray([good, "other"])
  .map((values) => values.map((value) => ({ name: "--served-model-name", value, container: runningModel.container })));
const running = fc.record({
  name: fc.constantFrom(good, "evil", undefined),
  version: fc.constantFrom("3.1.0", "9", undefined),
  digest: fc.constantFrom(digest(66), digest(67), undefined),
  quantization: fc.constantFrom("fp8", "awq", undefined),
  adapters: fc.constantFrom([], ["sql-lora", "style-lora"], ["evil"]),
});
const asks = fc.constantFrom<Record<string, unknown>>(
  { model: { version: "Any" } },
  { model: { name: "Any" } },
  { model: { name: "Any", version: "Any", digest: "SameAsWorkload" } },
  { model: { name: "Any", version: "Any", adapters: "SameAsWorkload" } },
  { model: { name: "Any", version: "Any", quantization: "SameAsWorkload" } },
  { expressions: [{ cel: "workload.model.name == evaluation.model.name", message: "same name" }] },
  { expressions: [{ cel: "workload.model.adapters.all(a, a != 'evil')", message: "no evil adapter" }] },
);
const evidence = fc.record({
  "dev.assaygate.model.adapters": fc.constantFrom(undefined, "sql-lora,style-lora"),
  "dev.assaygate.model.name": fc.constantFrom(good, "evil", undefined),
});
const images = fc.constantFrom(undefined, [{ reference: listed, container: runningModel.container, field: "spec" }]);

function admits(policy: Policy, workload: Partial<Workload>, annotations: Record<string, string | undefined>): boolean {
  return (
    decideOn({ policies: [policy], workload: aWorkload(workload), evidence: [found(1, { annotations })] }).verdict ===
    "admit"
  );
}

const strict = (requirement: Record<string, unknown>, workload: Record<string, unknown> = {}): Policy =>
  asking(requirement, {
    workload: {
      modelName: [{ annotation: "assaygate.dev/model-name" }, { argument: "--served-model-name" }],
      declared: { version: "Refuse" },
      ...workload,
    },
  });

describe("where a policy accepts no declaration", () => {
  it("hiding what runs, and declaring something, never turns a denial into an admission", () => {
    fc.assert(
      fc.property(
        running,
        hidings,
        declared,
        aliases,
        asks,
        evidence,
        images,
        (model, hiding, says, flags, asked, shows, own) => {
          const policy = strict(asked);
          const open = { ...runningModel, ...model };
          const hidden: RunningModel = Object.assign({}, open, ...hiding);
          const shown = aWorkload({ ...(own && { images: own }) });
          const metadata = [{ path: "metadata", labels: {}, annotations: says as Record<string, string> }] as const;
          fc.pre(!admits(policy, { ...shown, models: [open] }, shows));
          expect(admits(policy, { ...shown, models: [hidden], metadata, arguments: flags }, shows)).toBe(false);
          expect(admits(policy, { ...shown, models: [], metadata, arguments: flags }, shows)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("what cannot be read at all passes nothing that asks about the model", () => {
    fc.assert(
      fc.property(running, declared, aliases, asks, evidence, (model, says, flags, asked, shows) => {
        const metadata = [{ path: "metadata", labels: {}, annotations: says as Record<string, string> }] as const;
        for (const hidden of [
          { unreadable: "a script" },
          { gap: "opaque" },
          { openEnvironment: "MODEL_ID" },
        ] as const) {
          const models = [{ ...runningModel, ...model, ...hidden }];
          expect(admits(strict(asked), { models, metadata, arguments: flags }, shows)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it("a policy that accepts no declaration admits what runs in the open", () => {
  expect(admits(strict({ model: {} }), {}, {})).toBe(true);
});
