import { type Digest, parseDigest } from "../policies/digest.ts";
import { isOpaque, listOpaqueNames } from "./expansion.ts";

/**
 * Where a server loads its model from, as its flag, variable or field says it.
 *
 * - `named`: a hub id or registry reference; the name is an identity.
 * - `place`: a bucket, claim, URL or path; it holds some model, and says nothing about which.
 * - `unreadable`: cannot be known at admission.
 */
export type Source =
  | {
      readonly kind: "named";
      readonly name: string;
      readonly version: string | undefined;
      readonly digest: Digest | undefined;
    }
  | { readonly kind: "place"; readonly text: string; readonly isLocal: boolean }
  | { readonly kind: "unreadable"; readonly problem: string };

const uri = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is;
/** https://huggingface.co/docs/huggingface_hub/package_reference/utilities#huggingface_hub.utils.validate_repo_id */
const hubId = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})?$/;
const hubUri = /^([^:@]+)(?:[:@]([^:@]+))?$/;
const relativePath = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){2,}\/?$/;

/** Reads a source. Everything that is not clearly a name or a place is unreadable, so that no odd spelling passes for a place. */
export function readSource(text: string): Source {
  if (isOpaque(text)) return unreadable(`the model comes from ${listOpaqueNames(text)}`);
  const [, scheme, rest = ""] = uri.exec(text) ?? [];
  if (scheme !== undefined) return readUri(text, scheme.toLowerCase(), rest);
  if (/^(?:[/~]|\.\.?(?:\/|$))/.test(text) || relativePath.test(text)) return { kind: "place", text, isLocal: true };
  if (hubId.test(text)) return { kind: "named", name: text, version: undefined, digest: undefined };
  return unreadable(`"${text}" is neither a model id, a URI nor a path`);
}

function readUri(text: string, scheme: string, rest: string): Source {
  if (/^oci(?:\+[a-z]+)?$/.test(scheme)) return readOciReference(rest);
  if (scheme === "ngc") return readNgcUri(text, rest);
  if (scheme === "hf" || scheme === "modelscope" || scheme === "ollama") return readHubUri(text, scheme, rest);
  return { kind: "place", text, isLocal: scheme === "file" };
}

/** `hf://owner/model[:revision]`: https://kserve.github.io/website/docs/model-serving/storage/providers/hf */
function readHubUri(text: string, scheme: string, rest: string): Source {
  const [, name = "", version] = hubUri.exec(rest) ?? [];
  if (!hubId.test(name)) return unreadable(`"${text}" does not name a model as owner/model[:revision]`);
  // The same owner on another hub may be somebody else, so that the name says which hub.
  return { kind: "named", name: scheme === "hf" ? name : `${scheme}://${name}`, version, digest: undefined };
}

/** `ngc://organisation[/team]/model[:version]`: https://docs.nvidia.com/nim/large-language-models/latest/model-profiles.html */
function readNgcUri(text: string, rest: string): Source {
  const [, name, version] = /^([\w.-]+(?:\/[\w.-]+){1,2})(?::([\w.-]+))?$/.exec(rest) ?? [];
  if (name === undefined) return unreadable(`"${text}" does not name a model as organisation/team/model[:version]`);
  // With two parts it is spelled as an id of the Hugging Face Hub, and behind a host as what a registry holds.
  const isOther = name.split("/").length === 2 || /^localhost\/|^[^/]*\./.test(name);
  return { kind: "named", name: isOther ? `ngc://${name}` : name, version, digest: undefined };
}

/** `host/path[:tag][@digest]`. With a digest the tag is only decoration, and no version. */
export function readOciReference(text: string): Source {
  if (isOpaque(text)) return unreadable(`the image comes from ${listOpaqueNames(text)}`);
  const [reference = "", digestText, ...more] = text.split("@");
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  const colon = reference.indexOf(":", reference.lastIndexOf("/"));
  const name = colon === -1 ? reference : reference.slice(0, colon);
  const tag = colon === -1 ? undefined : reference.slice(colon + 1);
  const isDigestWrong = digestText !== undefined && digest === undefined;
  if (isDigestWrong || more.length > 0 || tag === "" || !/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(name)) {
    return unreadable(`"${text}" is not host/repository[:tag][@sha256:<64 hex>]`);
  }
  return { kind: "named", name: addHost(name), version: digest === undefined ? tag : undefined, digest };
}

/** Without a host it is Docker Hub's, as the container runtime resolves it, and no id of another hub. */
function addHost(name: string): string {
  const slash = name.indexOf("/");
  if (slash === -1) return `docker.io/library/${name}`;
  const first = name.slice(0, slash);
  return /[.:]/.test(first) || first === "localhost" ? name : `docker.io/${name}`;
}

function unreadable(problem: string): Source {
  return { kind: "unreadable", problem };
}
