import { findNextLink } from "../remote/reading/links.ts";
import type { Answer } from "../remote/redirect.ts";
import { getPath } from "./route.ts";

/**
 * The header that names the next page of a list, as a path of the proxy; undefined where there is none that can be read. What the registry
 * names counts only as the same list's next part: its query is taken, and nothing else. https://www.rfc-editor.org/rfc/rfc8288
 */
export function findNextPage({ headers: { link } }: Answer, list: URL, repository: string): string | undefined {
  const next = findNextLink(link);
  if (next === undefined || next === "unreadable" || !URL.canParse(next.target, list.href)) return undefined;
  const url = new URL(next.target, list);
  const [, below] = /((?:tags|referrers)\/[^/]+)$/.exec(list.pathname) ?? [];
  if (url.origin !== list.origin || below === undefined) return undefined;
  return `</v2/${getPath(repository)}/${below}${url.search}>; rel="next"`;
}
