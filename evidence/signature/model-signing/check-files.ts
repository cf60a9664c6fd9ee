import { show } from "../../../policies/show.ts";
import { SignatureRejection } from "../rejection.ts";
import { listModelFiles } from "./files.ts";
import { readSignedModel } from "./statement.ts";

/**
 * Throws SignatureRejection unless the model's layers are exactly the files that the verified statement lists, by name and by
 * digest: none more, none fewer, none where nothing is signed. `manifest` is the model's, proved; empty where it could not be had.
 */
export function checkModelFiles(payload: Uint8Array, manifest: Uint8Array): void {
  const { files: signed, ignored } = readSignedModel(payload);
  const files = listModelFiles(manifest);
  for (const [name, digest] of files) {
    const path = ignored.find((one) => covers(one, name));
    if (path !== undefined) throw mismatch(`${show(name)} lies on a path of which nothing is signed (${show(path)})`);
    const own = signed.get(name);
    if (own === undefined) throw mismatch(`${show(name)} is not among the files that are signed`);
    if (own !== digest) throw mismatch(`${show(name)} is another file than the one that is signed`);
  }
  const missing = [...signed.keys()].find((name) => !files.has(name));
  if (missing !== undefined) throw mismatch(`${show(missing)} is signed, and not in the model`);
}

/** Whether the path, within the model, is the file's or that of a folder around it. What is not plainly beside it covers it. */
function covers(path: string, name: string): boolean {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const own = name.split("/");
  if (path.startsWith("/") || parts.includes("..")) return true;
  return parts.every((part, at) => own[at] === part);
}

function mismatch(why: string): SignatureRejection {
  return new SignatureRejection("FILES_MISMATCH", why);
}
