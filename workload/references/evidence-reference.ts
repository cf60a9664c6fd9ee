import { parseDigest } from "../../policies/digest.ts";
import type { EvidenceReference } from "../../policies/evidence.ts";
import { isRegistryHost, isRepositoryPath } from "../../policies/language/repository.ts";
import { show } from "../../policies/show.ts";
import { memoize } from "../remembered.ts";

const separator = /[ \t\r\n]*,[ \t\r\n]*|[ \t\r\n]+/;
const scheme = /^(?:https?|oci|docker):\/\//;
const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/**
 * The references in an annotation, in its order: separated by commas or white space, nothing before the first or after the
 * last. Each entry that does not parse is kept, as `malformed`, so that it can be named. The text is attacker-controlled;
 * no more than `most` entries of it are read.
 */
export function parseReferences(annotation: string, most = 2 ** 32 - 1): EvidenceReference[] {
  return annotation.split(separator, most).map(rememberedReference);
}

/**
 * One reference: `[scheme://]host[:port]/path[:tag]@sha256:<64 hex>` or a bare `sha256:<64 hex>`. Scheme and tag are what
 * EvalHub writes; both are ignored, because the gate's config decides the transport and the digest names the bytes.
 */
export function parseReference(text: string): EvidenceReference {
  const shown = stripLogin(text);
  const malformed = (problem: string): EvidenceReference => ({ kind: "malformed", text: shown, problem });
  if (text === "") return malformed("an empty reference (a separator at the start, at the end or doubled)");
  const bare = parseDigest(text);
  if (bare !== undefined) return { kind: "bare", text, digest: bare };
  if (text.length > 1024) return malformed("a reference longer than 1024 characters");

  if (shown !== text)
    return malformed(
      `${show(shown)} has a login in front of its host: leave it out, registries are logged in to by a Docker config`,
    );

  const [name = "", digestText, ...more] = text.replace(scheme, "").split("@");
  if (more.length > 0) return malformed(`${show(text)} has more than one @`);
  if (digestText === undefined)
    return malformed(`${show(text)} has no digest: write it as host/repository@sha256:<64 hex>`);
  const digest = parseDigest(digestText);
  if (digest === undefined) return malformed(`${show(digestText)} is not sha256: and 64 lower-case hex digits`);

  const slash = name.indexOf("/");
  const host = name.slice(0, Math.max(slash, 0));
  if (!isRegistryHost(host))
    return malformed(`${show(text)} does not begin with a registry host, such as quay.io/ or docker.io/`);
  const [path = "", tagText, ...rest] = name.slice(slash + 1).split(":");
  if (rest.length > 0 || (tagText !== undefined && !tag.test(tagText)))
    return malformed(`${show(text)} has a malformed tag`);
  if (!isRepositoryPath(path))
    return malformed(`${show(text)} has a malformed repository path (lower-case letters, digits and separators)`);
  return { kind: "full", text, repository: `${host}/${path}`, digest };
}

/** A reference, or what was meant to be one, without the login in front of its host: it is repeated in messages and records. */
export function stripLogin(text: string): string {
  return text.replace(/^((?:[a-z]+:\/\/)?)[^/\s]+@(?=[^/@\s]+\/)/, "$1***@");
}

const rememberedReference = memoize(parseReference);
