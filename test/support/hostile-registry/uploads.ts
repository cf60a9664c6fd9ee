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
  const { location = absolute, patchStatus = 202, singlePost = false } = rules;
  const sessions = new Map<string, Session>();
  let started = 0;

  const goOn = (status: number, id: string, session: Session, url: string): Answer => {
    session.step += 1;
    const next = location({ url, repository: session.repository, id, step: session.step });
    session.expected = new URL(next, url).searchParams;
    return empty(status, { location: next, range: rangeOf(session), "docker-upload-uuid": id });
  };

  const start = ({ repository }: RecordedRequest, url: string): Answer => {
    const id = `upload-${(started += 1)}`;
    const session: Session = { repository, chunks: [], step: 0, expected: new URLSearchParams() };
    sessions.set(id, session);
    return goOn(202, id, session, url);
  };

  const finish = (repository: string, bytes: Buffer, wanted: string | null, url: string): Answer => {
    if (wanted !== digestOf(bytes)) return errorAnswer(400, "DIGEST_INVALID");
    store.putBlob(repository, bytes);
    const headers = { location: `${url}/v2/${repository}/blobs/${wanted}`, "docker-content-digest": wanted };
    return empty(201, headers);
  };

  return (request, url) => {
    const { method, repository, reference: id, body } = request;
    const { searchParams } = request.url;
    const digest = searchParams.get("digest");
    if (method === "POST" && id === "")
      return singlePost && digest !== null ? finish(repository, body, digest, url) : start(request, url);
    const session = sessions.get(id);
    if (session?.repository !== repository || !holds(searchParams, session.expected))
      return errorAnswer(404, "BLOB_UPLOAD_UNKNOWN");
    switch (method) {
      case "GET":
        return goOn(204, id, session, url);
      case "PATCH":
        if (!follows(request, session)) return errorAnswer(416, "BLOB_UPLOAD_INVALID", { range: rangeOf(session) });
        session.chunks.push(body);
        return goOn(patchStatus, id, session, url);
      case "PUT":
        sessions.delete(id);
        return finish(repository, Buffer.concat([...session.chunks, body]), digest, url);
      default:
        return errorAnswer(405, "UNSUPPORTED");
    }
  };
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
