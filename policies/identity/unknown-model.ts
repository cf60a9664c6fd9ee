import { saySource } from "./declared.ts";
import { fail, type FailResult } from "../finding.ts";
import type { ModelIdentity } from "../model-identity.ts";
import { show } from "../show.ts";

type ModelAspect = "name" | "version" | "digest" | "quantization" | "adapters";

const expectations: Record<ModelAspect, string> = {
  name: "a model name",
  version: "a model version",
  digest: "a model by digest",
  quantization: "a known quantization",
  adapters: "adapters that can be read",
};

/** Where a person sees what the gate reads, and where it reads that. */
const describeHint = "see assaygate describe -f FILE";

/**
 * The finding for what is not known of the workload's model: why, and what would help. That is to write it where what runs says
 * it or, where a declaration could stand in, what the policy would have to accept. One cause has one message, whatever it hides.
 */
export function reportUnknownModel(model: ModelIdentity, aspect: ModelAspect): FailResult {
  const message = `${explain(model, aspect)}; ${describeHint}`;
  return fail("MODEL_UNKNOWN", { expected: expectations[aspect], found: "unknown", message, field: model.field });
}

/** The finding for a declaration that contradicts what runs, or itself. */
export function reportIdentityConflict(
  { field }: ModelIdentity,
  aspect: "name" | "version",
  conflict: string,
): FailResult {
  const message = `${conflict}: correct the declaration, or what stands at ${field}; ${describeHint}`;
  return fail("MODEL_IDENTITY_CONFLICT", { expected: `one model ${aspect}`, found: conflict, message, field });
}

/** Whether what runs can be taken at its word in everything that it sets. */
export function isReadable({ adapters }: ModelIdentity): boolean {
  return adapters !== undefined;
}

function explain(model: ModelIdentity, aspect: ModelAspect): string {
  const { openEnvironment, gap, isFillable } = model;
  if (openEnvironment !== undefined)
    return `an environment that stands elsewhere may set ${show(openEnvironment)}: set that in the container or by arguments, or have the policy accept it (workload.openEnvironment: Accept)`;
  const hidesAll = (gap === "opaque" || gap === "nothing") && !isFillable;
  if (hidesAll || aspect === "name") return explainGap(model);
  switch (aspect) {
    case "version":
      return explainVersion(model);
    case "digest":
      return explainDigest(model);
    case "adapters":
    case "quantization":
      return explainSetting(model);
  }
}

/** What stands where the name should be, and which of the two would help. */
function explainGap({ gap = "place", isFillable, field, unreadable, sources }: ModelIdentity): string {
  const [source] = sources.modelName;
  const declare = isFillable
    ? `or name it in ${saySource(source)}`
    : `or have the policy accept a declared name (workload.declared.name: [${accepting[gap]}])`;
  switch (gap) {
    case "place":
      return `${field} names a place, not a model: name the model there, ${declare}`;
    case "image":
      return `${field} starts an image by its own entry point, which may load any model${unreadable === undefined ? "" : ` (${show(unreadable)})`}: give the server's command and its model in arguments, ${declare} or list the image (workload.images)`;
    case "opaque":
      return `the model cannot be read at admission, ${sayWhy(unreadable)}: write it plainly at ${field}, ${declare}`;
    case "nothing":
      return `nothing in the workload names a model: start the server by its command with the model in its arguments, ${declare}`;
  }
}

const accepting = { place: "Place", image: "Image", opaque: "Opaque", nothing: "Image" } as const;

function sayWhy(why: string | undefined): string {
  return why === undefined ? "because something in it is not understood" : show(why);
}

function explainVersion({ refusedVersion, sources }: ModelIdentity): string {
  const pin = "pin it in the server's arguments (--revision)";
  if (refusedVersion !== undefined)
    return `the declared version ${show(refusedVersion)} does not count in this policy: ${pin}, or have the policy accept it (workload.declared.version: Accept)`;
  const declare = sources.declared.acceptsVersion ? `, or name it in ${saySource(sources.modelVersion[0])}` : "";
  return `the workload does not say which model version it runs: ${pin}${declare}`;
}

function explainDigest({ gap, unreadable }: ModelIdentity): string {
  const load = "load it from an image volume or an oci:// address by digest, because a digest cannot be declared";
  if (gap === "opaque") return `the model cannot be read at admission, ${sayWhy(unreadable)}: ${load}`;
  return `the workload does not name its model by digest, so any build of it may run: ${load}`;
}

function explainSetting({ gap, unreadable, hiddenAdapters, field }: ModelIdentity): string {
  const write = `write it plainly at ${field}, because it cannot be declared`;
  const why = unreadable ?? hiddenAdapters;
  if (why === undefined && gap === "image")
    return `an image that starts by its own entry point may set anything: ${write}`;
  return `what else the server loads cannot be read at admission, ${sayWhy(why)}: ${write}`;
}
