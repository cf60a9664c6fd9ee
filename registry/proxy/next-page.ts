import { unavailable } from "../errors.ts";
import { findNextLink } from "../remote/reading/links.ts";
import type { Answer } from "../remote/redirect.ts";
import { getPath } from "./route.ts";

/**
 * The header that names the next page of a list, as a path of the proxy; undefined where there is none, and for what is no list.
 * What the registry names counts only as the same list's next part: its query is taken, and nothing else. Throws RegistryError
 * for a next page that cannot be asked for: without it the list would pass for whole. https://www.rfc-editor.org/rfc/rfc8288
 */
export function findNextPage({ headers: { link } }: Answer, list: URL, repository: string): string | undefined {
  const [, below] = /((?:tags|referrers)\/[^/]+)$/.exec(list.pathname) ?? [];
  const next = below === undefined ? undefined : findNextLink(link);
  if (next === undefined) return undefined;
  if (next === "unreadable" || !URL.canParse(next.target, list.href))
    throw unavailable("no-answer", "the list names its next page in a way that cannot be read (Link)");
  const url = new URL(next.target, list);
  if (url.origin !== list.origin)
    throw unavailable("no-answer", "the list names its next page at another server (Link)");
  return `</v2/${getPath(repository)}/${below}${url.search}>; rel="next"`;
}
