import { readDocuments, type PolicyFile, type Problem } from "../../policies/language/document.ts";
import { policyTestDocument, type PolicyTestDocument } from "../../policies/language/policy-test-schema.ts";
import { listImageVolumeNotes, type ImageVolumeNote } from "../describe/image-volumes.ts";
import { mergePatch } from "./merge-patch.ts";

/** Where a container runtime would mount the model of a test's workload otherwise than it means, in its place in the file. */
export function listMountWarnings(file: PolicyFile): Problem[] {
  return readDocuments(file).flatMap((document) => {
    const test = Array.isArray(document) ? undefined : policyTestDocument.safeParse(document.value).data;
    if (test === undefined || Array.isArray(document)) return [];
    return listNotes(test).map(({ path, message }) => document.locateProblem(path, message));
  });
}

/** Those on the workload, and on each case's where its patch makes for more. */
function listNotes({ spec: { workload, cases } }: PolicyTestDocument): ImageVolumeNote[] {
  const own = listImageVolumeNotes(workload);
  const ownPaths = new Set(own.map(({ path }) => path.join()));
  const patched = cases.flatMap(({ workloadPatch }, at) =>
    workloadPatch === undefined
      ? []
      : listImageVolumeNotes(mergePatch(workload, workloadPatch))
          .filter(({ path }) => !ownPaths.has(path.join()))
          .map((note) => ({ ...note, path: ["spec", "cases", at, "workloadPatch", ...note.path] })),
  );
  return [...own.map((note) => ({ ...note, path: ["spec", "workload", ...note.path] })), ...patched];
}
