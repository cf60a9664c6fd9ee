import { parseReference } from "../workload/references/evidence-reference.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
import { maxTagCharacters } from "./client.ts";
import type { LinkFinding } from "./link-finding.ts";
import { artifactTags } from "./record-artifact.ts";

/** The tags of a run or of a logged model. */
export interface TagHolder {
  readonly tags: ReadonlyMap<string, string>;
}

/** Where tags lead. */
export interface Pointer {
  readonly repository: string;
  readonly digest: Digest;
}

/** Where the tags lead. The reference alone decides; whether the other tag agrees is told beside it. */
export function findPointer({ tags }: TagHolder): Pointer | undefined {
  const parsed = parseReference(tags.get(artifactTags.reference) ?? "");
  return parsed.kind === "full" ? parsed : undefined;
}

/** Whether both tags are there, and agree. */
export function checkTags(tagged: TagHolder, owner: "run" | "model"): LinkFinding {
  const part = "tags";
  const reference = tagged.tags.get(artifactTags.reference);
  const digest = tagged.tags.get(artifactTags.digest);
  const absent = Object.values(artifactTags).filter((key) => !tagged.tags.has(key));
  if (absent.length > 0)
    return { part, state: "missing", said: `the ${owner} has no tag ${absent.join(", and none ")}` };
  const pointer = findPointer(tagged);
  if (pointer === undefined)
    return {
      part,
      state: "changed",
      said: `the tag ${artifactTags.reference} is not a reference${explainCut(reference)}: ${show(reference)}`,
    };
  if (pointer.digest !== digest)
    return {
      part,
      state: "changed",
      said: `the tags contradict each other: ${artifactTags.reference} names ${pointer.digest}, ${artifactTags.digest} is ${show(digest)}`,
    };
  return { part, state: "ok", said: `the ${owner}'s tags name ${show(reference)}` };
}

function explainCut(value = ""): string {
  return Array.from(value).length === maxTagCharacters
    ? `, perhaps cut by MLflow after ${maxTagCharacters} characters`
    : "";
}
