import { defaultAnnotationKeys } from "../../policies/annotation-keys.ts";
import type { Content, Gap } from "../../policies/artifact.ts";
import type { AnnotationField } from "../../policies/schema/policy.ts";
import { findNearest } from "../../policies/language/nearest.ts";
import { show } from "../../policies/show.ts";
import { findUnreadAnnotation } from "../../policies/unsaid.ts";
import type { StringMap } from "../../policies/workload.ts";
import { toClassOfAnyVendor } from "../../workload/hardware/products/products.ts";
import { toAnnotationKey, toOptionName } from "./annotations.ts";

/** What a policy most often asks for, and an evaluation cannot be admitted without. */
const expected: readonly AnnotationField[] = ["modelName", "modelVersion", "environment", "hardwareClass"];

/**
 * What will keep policies from accepting the results, before anything is sent: one line each, with what to do. Nothing here
 * stops a push.
 */
export function listWarnings(content: Content, annotations: StringMap): string[] {
  return [
    ...warnOfContent(content),
    ...warnOfFields(content, annotations),
    ...warnOfHardware(annotations),
    ...warnOfEnvironment(annotations),
    ...warnOfKeys(annotations),
  ];
}

function warnOfContent(content: Content): string[] {
  switch (content.kind) {
    case "refused":
      return [`gates will refuse these results: ${content.reason}: ${content.message}`];
    case "none":
      return [
        "no file here holds results that a gate reads, so a policy that asks for benchmarks denies: docs/evaluators.md lists the formats",
      ];
    case "read":
      return [
        ...content.benchmarks.flatMap(({ id, gaps = [] }) => listGaps(id, gaps)),
        ...(content.unread ?? []).map((one) => `passed over, so no run is known to be complete: ${one}`),
        ...(content.passedOver ?? []).map((one) => `passed over: ${one}`),
      ];
    case "not-read":
    case "unavailable":
      return [];
  }
}

/** Of what every benchmark lacks alike, there is one line for all. */
function listGaps(id: string, gaps: readonly Gap[]): string[] {
  return gaps.filter(({ kind }) => kind !== "unread").map(({ message }) => `${show(id)}: ${message}`);
}

function warnOfFields(content: Content, annotations: StringMap): string[] {
  const stated = content.kind === "read" ? content.stated : undefined;
  return expected.flatMap((field) => {
    const isSaid = defaultAnnotationKeys[field].some((key) => Object.hasOwn(annotations, key));
    if (isSaid || (field === "modelName" && stated?.modelName !== undefined)) return [];
    const unread = findUnreadAnnotation(annotations, field);
    const instead =
      unread === undefined ? "" : `; ${show(unread)} is read only where a policy's annotationKeys name it`;
    const option = toOptionName(field) ?? field;
    return [`nothing says the ${option.replace("-", " ")}: add --${option}${instead}`];
  });
}

function warnOfHardware(annotations: StringMap): string[] {
  const classes = annotations[toAnnotationKey("hardwareClass")]?.split(",") ?? [];
  return classes.flatMap((value) => {
    const name = toClassOfAnyVendor(value);
    const isOdd = value !== value.trim().toLowerCase().replaceAll(/\s/g, "-");
    if (name === value || (name === undefined && !isOdd)) return [];
    const meant = name === undefined ? "" : `: write ${show(name)}`;
    return [`no workload has the hardware class ${show(value)}${meant}`];
  });
}

function warnOfEnvironment(annotations: StringMap): string[] {
  const value = annotations[toAnnotationKey("environment")];
  if (value === undefined || value === value.trim().toLowerCase()) return [];
  return [
    `the environment ${show(value)} compares to the letter: namespaces are usually labelled ${show(value.trim().toLowerCase())}`,
  ];
}

const knownKeys = Object.values(defaultAnnotationKeys).flat();

function warnOfKeys(annotations: StringMap): string[] {
  return Object.keys(annotations).flatMap((key) => {
    if (knownKeys.includes(key) || !key.startsWith("dev.assaygate")) return [];
    const meant = findNearest(key, knownKeys);
    return [`nothing reads the annotation ${show(key)}${meant === undefined ? "" : `: did you mean ${meant}?`}`];
  });
}
