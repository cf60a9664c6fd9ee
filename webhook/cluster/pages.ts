import * as z from "zod";
import { AnswerTooLarge, maxObjectBytes } from "./answer.ts";
import type { KubeClient } from "./client.ts";
import { KubeError } from "./kube-error.ts";

/**
 * Of one answer with several objects. Dense JSON takes thirty times as much memory when it is parsed, so that a few large objects
 * must not come together.
 */
const maxPageBytes = 4 * 1024 * 1024;

const listObject = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().default("") }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});

/** One page of a list. */
export interface ListPage {
  readonly resourceVersion: string;
  /** Names the next page; empty on the last one. */
  readonly continue: string;
  readonly items: readonly unknown[];
}

/**
 * Fetches the pages of a list: the one that a token of the page before names, and the first one for none. Where objects are so
 * large that a page takes too many bytes, a shorter one is asked for. Rejects with a KubeError, and with AnswerTooLarge for a
 * single object that no API server would keep.
 */
export function createPages(
  client: Pick<KubeClient, "list">,
  path: string,
  pageSize: number,
  signal: AbortSignal,
): (next: string) => Promise<ListPage> {
  let limit = pageSize;
  return async function fetchPage(next: string): Promise<ListPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(next !== "" && { continue: next }) });
    try {
      const maxBytes = limit > 1 ? maxPageBytes : maxObjectBytes;
      const page = readPage(await client.list(`${path}?${query.toString()}`, maxBytes, signal));
      limit = Math.min(limit * 2, pageSize);
      return page;
    } catch (cause) {
      if (!(cause instanceof AnswerTooLarge) || limit === 1) throw cause;
      limit = Math.max(Math.floor(limit / 4), 1);
      return fetchPage(next);
    }
  };
}

function readPage(answer: unknown): ListPage {
  const parsed = listObject.safeParse(answer);
  if (parsed.success) return { ...parsed.data.metadata, items: parsed.data.items };
  throw new KubeError("the API server sent something that is not a list", { cause: parsed.error });
}
