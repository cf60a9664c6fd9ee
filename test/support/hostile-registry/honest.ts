import type { RegistryAuth } from "./auth.ts";
import { type Answer, empty, errorAnswer, json, type RecordedRequest, text } from "./exchange.ts";
import { putManifest } from "./manifests.ts";
import type { Store } from "./store.ts";
import { createUploads, type UploadRules } from "./uploads.ts";

/** What registries that keep to the specification still do in their own ways. */
export interface HonestOptions {
  /** Default: a list in one page. A number: in pages of so many. False: there is no such list, 404. */
  readonly referrers?: { readonly pageSize: number } | false;
  readonly uploads?: UploadRules;
  /** A blob that is there is redirected to this place. Default: it is sent. */
  readonly blobRedirect?: { readonly status: number; readonly to: (request: RecordedRequest) => string };
}

/** What a registry answers that keeps to the specification. `url` is its own, without a slash at the end. */
export type HonestAnswers = (asked: RecordedRequest, url: string, auth: RegistryAuth | undefined) => Answer;

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints */
export function createHonestAnswers(store: Store, options: HonestOptions): HonestAnswers {
  const upload = createUploads(store, options.uploads);
  return (asked, url, auth) => {
    const { kind, method, repository, reference } = asked;
    if (kind === "token") return auth?.token(asked) ?? errorAnswer(404, "UNSUPPORTED");
    if (kind === "other") return text(404, "404 page not found\n");
    if (kind === "download") return store.blob(repository, reference);
    const wanted = auth?.challenge(asked, url);
    if (wanted !== undefined) return errorAnswer(401, "UNAUTHORIZED", { "www-authenticate": wanted });
    if (kind === "upload") return upload(asked, url);
    if (method === "GET" || method === "HEAD") return read(store, options, asked);
    return kind === "manifest" && method === "PUT"
      ? putManifest(store, asked, url, options.referrers !== false)
      : errorAnswer(405, "UNSUPPORTED");
  };
}

function read(store: Store, options: HonestOptions, asked: RecordedRequest): Answer {
  switch (asked.kind) {
    case "ping":
      return json(200, {});
    case "manifest":
      return store.manifest(asked.repository, asked.reference);
    case "blob":
      return sendOrRedirect(store, options, asked);
    case "referrers":
      return list(store, options, asked);
    case "tags":
    case "upload":
    case "download":
    case "token":
    case "other":
      return errorAnswer(404, "NAME_UNKNOWN");
  }
}

function sendOrRedirect(store: Store, { blobRedirect }: HonestOptions, asked: RecordedRequest): Answer {
  const found = store.blob(asked.repository, asked.reference);
  if (blobRedirect === undefined || found.status !== 200) return found;
  return empty(blobRedirect.status, { location: blobRedirect.to(asked) });
}

function list(store: Store, { referrers }: HonestOptions, { repository, reference, url }: RecordedRequest): Answer {
  if (referrers === false) return text(404, "404 page not found\n");
  if (referrers === undefined) return store.referrers(repository, reference);
  const from = Number(url.searchParams.get("from") ?? 0);
  const { answer: page, next } = store.referrersPage(repository, reference, from, referrers.pageSize);
  if (next === undefined) return page;
  const link = `</v2/${repository}/referrers/${reference}?from=${next}>; rel="next"`;
  return { ...page, headers: { ...page.headers, link } };
}
