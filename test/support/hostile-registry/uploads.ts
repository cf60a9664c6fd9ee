import { type Answer, empty, errorAnswer, type RecordedRequest } from "./exchange.ts";
import { digestOf, type Store } from "./store.ts";

/** Where an upload goes on. `step` counts the requests of its session, so that a client which keeps an old place is seen. */
export interface UploadPlace {
  /** The registry's own, without a slash at the end. */
  readonly url: string;
  readonly repository: string;
  readonly id: string;
  readonly step: number;
}

/** What registries do in their own ways. */
export interface UploadRules {
  /** The `Location` of an upload, absolute or not. Its query must come back. Default: absolute, without a query. */
  readonly location?: (place: UploadPlace) => string;
  /** The status of a PATCH. Default 202, as the specification has it. */
  readonly patchStatus?: number;
  /** True: a POST with a digest and a body is the whole upload. Default: it opens a session, as it may. */
  readonly singlePost?: boolean;
}

interface Session {
  readonly repository: string;
  readonly chunks: Buffer[];
  step: number;
  /** What the query of the next request must hold. */
  expected: URLSearchParams;
}

/**
 * Uploads of blobs: POST, then any number of PATCH, then PUT, or the single POST.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 */
export function createUploads(
  store: Pick<Store, "putBlob">,
  rules: UploadRules = {},
): (request: RecordedRequest, url: string) => Answer {
  const sessions = new Map<string, Session>();
  const uploads: Uploads = { store, rules, sessions };
  let started = 0;
  return (request, url) => {
    const { method, repository, reference: id, body } = request;
    const { searchParams } = request.url;
    if (method === "POST" && id === "") {
      if (rules.singlePost === true && searchParams.has("digest")) return finish(uploads, request, body, url);
      const opened = `upload-${(started += 1)}`;
      sessions.set(opened, { repository, chunks: [], step: 0, expected: new URLSearchParams() });
      return goOn(uploads, 202, opened, url);
    }
    const session = sessions.get(id);
    return session?.repository === repository && holds(searchParams, session.expected)
      ? resume(uploads, request, session, url)
      : errorAnswer(404, "BLOB_UPLOAD_UNKNOWN");
  };
}

interface Uploads {
  readonly store: Pick<Store, "putBlob">;
  readonly rules: UploadRules;
  readonly sessions: Map<string, Session>;
}

function resume(uploads: Uploads, request: RecordedRequest, session: Session, url: string): Answer {
  const { method, reference: id, body } = request;
  switch (method) {
    case "GET":
      return goOn(uploads, 204, id, url);
    case "PATCH":
      if (!follows(request, session)) return errorAnswer(416, "BLOB_UPLOAD_INVALID", { range: rangeOf(session) });
      session.chunks.push(body);
      return goOn(uploads, uploads.rules.patchStatus ?? 202, id, url);
    case "PUT":
      uploads.sessions.delete(id);
      return finish(uploads, request, Buffer.concat([...session.chunks, body]), url);
    default:
      return errorAnswer(405, "UNSUPPORTED");
  }
}

function goOn({ rules: { location = absolute }, sessions }: Uploads, status: number, id: string, url: string): Answer {
  const session = sessions.get(id);
  if (session === undefined) throw new Error(`no upload ${id}`);
  session.step += 1;
  const next = location({ url, repository: session.repository, id, step: session.step });
  session.expected = new URL(next, url).searchParams;
  return empty(status, { location: next, range: rangeOf(session), "docker-upload-uuid": id });
}

function finish({ store }: Uploads, { repository, url: asked }: RecordedRequest, bytes: Buffer, url: string): Answer {
  const digest = digestOf(bytes);
  if (asked.searchParams.get("digest") !== digest) return errorAnswer(400, "DIGEST_INVALID");
  store.putBlob(repository, bytes);
  return empty(201, { location: `${url}/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

function absolute({ url, repository, id }: UploadPlace): string {
  return `${url}/v2/${repository}/blobs/uploads/${id}`;
}

/** Nothing sent yet is `0-0` too: the header knows no empty range. */
function rangeOf({ chunks }: Session): string {
  return `0-${Math.max(0, lengthOf(chunks) - 1)}`;
}

/** A chunk that names its range must start where the last one ended; one that names none is taken as it comes. */
function follows({ headers }: RecordedRequest, { chunks }: Session): boolean {
  const range = headers["content-range"];
  return range === undefined || Number(range.split("-", 1)[0]) === lengthOf(chunks);
}

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function holds(found: URLSearchParams, expected: URLSearchParams): boolean {
  return [...expected].every(([name, value]) => found.get(name) === value);
}
