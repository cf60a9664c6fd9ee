import { parseDigest, type Digest } from "../digest.ts";
import type { ImagePattern } from "../patterns.ts";
import { compileRepositoryPattern, isRegistryHost, isRepositoryPath } from "./repository.ts";

/** The pattern, or a sentence that says what is wrong with it. */
export function compileImagePattern(text: string): ImagePattern | string {
  const [repository = "", digestText, ...more] = text.split("@");
  const digest = parseDigest(digestText ?? "");
  if (digest === undefined || more.length > 0)
    return `"${text}" must end with a digest, @sha256: and 64 lower-case hex digits: a tag can be moved to another image`;
  const pattern = compileRepositoryPattern(repository);
  if (typeof pattern === "string") return pattern;
  return {
    text,
    matches(reference) {
      const image = parseImage(reference);
      return image?.digest === digest && pattern.matches(image.repository);
    },
  };
}

interface Image {
  readonly repository: string;
  /** Undefined: any build may run. */
  readonly digest: Digest | undefined;
}

/**
 * A container's image as the runtime resolves it: without a host it is Docker Hub's, and beside a digest a tag is only decoration.
 * Undefined for what is not an image reference, such as a variable that somebody else fills in.
 * https://github.com/distribution/reference
 */
function parseImage(reference: string): Image | undefined {
  const [tagged = "", digestText, ...more] = reference.split("@");
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (more.length > 0 || (digestText !== undefined && digest === undefined)) return undefined;
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  const [first = "", ...rest] = (colon === -1 ? tagged : tagged.slice(0, colon)).split("/");
  const hasHost = rest.length > 0 && isRegistryHost(first);
  const host = hasHost && first !== "index.docker.io" ? first : "docker.io";
  const path = hasHost ? rest : [first, ...rest];
  const full = host === "docker.io" && path.length === 1 ? ["library", ...path] : path;
  return isRepositoryPath(full.join("/")) ? { repository: [host, ...full].join("/"), digest } : undefined;
}
