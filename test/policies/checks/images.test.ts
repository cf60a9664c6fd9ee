import { expect, it } from "@jest/globals";
import { listReasons } from "../../../policies/decision.ts";
import type { Workload } from "../../../policies/workload.ts";
import { asking, aWorkload, decideOn, runningModel } from "../../support/builders/decision.ts";
import { digest } from "../../support/builders/evidence.ts";
import { named, testCheck } from "./case.ts";

const listedImage = `quay.io/acme/vllm@${digest(5)}`;
const listing = { images: [listedImage] };
const runningImages = (...references: (string | undefined)[]): Partial<Workload> => ({
  images: references.map((reference) => ({ reference, container: runningModel.container, field: "spec" })),
});

testCheck("images", [
  { says: "one of the list", asks: named, reading: listing, workload: runningImages(listedImage) },
  {
    says: "another beside one of the list",
    asks: named,
    reading: listing,
    workload: runningImages(listedImage, "quay.io/acme/vllm:v1"),
    reason: "IMAGE_NOT_LISTED",
  },
  {
    says: "one that another object names",
    asks: named,
    reading: listing,
    workload: runningImages(undefined),
    reason: "IMAGE_NOT_LISTED",
  },
  { says: "that nobody read", asks: named, reading: listing, reason: "IMAGE_NOT_LISTED" },
  {
    says: "of none of the models",
    asks: named,
    reading: listing,
    workload: { images: [{ reference: listedImage, container: "spec.sidecar", field: "spec" }] },
    reason: "IMAGE_NOT_LISTED",
  },
]);

it("a workload in which none may run a model shows none of the list", () => {
  const policies = [asking({ complianceTags: ["soc2:cc8.1"] }, { workload: listing })];
  const decision = decideOn({ policies, workload: aWorkload({ models: [], images: [] }) });
  expect(listReasons(decision)).toEqual(["IMAGE_NOT_LISTED"]);
});
