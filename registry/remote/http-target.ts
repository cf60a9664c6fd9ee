import { collectChunks } from "../../runtime/collect-chunks.ts";
import { shortenDigest, type Digest } from "../../policies/digest.ts";
import { type RegistryError, refused, unavailable } from "../errors.ts";
import { type CredentialedAnswer, createAuthorizer } from "./authorization/authorize.ts";
import { discard } from "./body.ts";
import { type Clock, systemClock } from "./clock.ts";
import { anonymousCredentials, withRemedy } from "./authorization/credentials.ts";
import { createRegistryDirectory, type RegistryDirectory } from "./directory.ts";
import { toContentUrl, type Endpoint, toRepositoryUrl, toUploadEnd } from "./endpoint.ts";
import { showStatus, TransientError } from "./failure.ts";
import type { HttpSourceOptions } from "./http-source.ts";
import { type Answer, resolveNextUrl, send } from "./redirect.ts";
import { parseRetryAfterMs, withRetries } from "./retry.ts";
import type { Request } from "./transport.ts";
import type { Document } from "../document.ts";
import type { Layer, LayerStream } from "../layer.ts";
import type { PushTarget } from "../target.ts";

/** A registry may take long to store what it got: its own storage is often behind a network, too. */
const patienceMs = 60_000;

/** A blob up to this size is sent sooner than it is asked after. */
const askedBytes = 64 * 1024;

/** `open` makes the body anew each time that it is sent. */
interface WriteRequest extends Omit<Request, "headers" | "body"> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly open?: () => NonNullable<Request["body"]>;
}

type Write<T> = (session: Session) => Promise<T>;

/** One write: where to, and on whose behalf. */
interface Session {
  readonly endpoint: Endpoint;
  readonly authorized: ReturnType<typeof createAuthorizer>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Writes to registries, as the distribution specification says:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
 *
 * Known bytes go in one piece, others as a stream that ends with their digest, as Docker sends them. Mirrors are never written
 * to. Throws a plain Error for options that contradict each other.
 */
export function createHttpTarget(options: HttpSourceOptions = {}): PushTarget {
  const { clock = systemClock, registries = [] } = options;
  const directory = createRegistryDirectory(
    registries.map((each) => ({ ...each, requestTimeoutMs: Math.max(each.requestTimeoutMs ?? 0, patienceMs) })),
    options.credentials ?? anonymousCredentials,
    options.lookup,
    options.observe,
    { ...options.unlisted, requestTimeoutMs: patienceMs },
  );
  const authorized = createAuthorizer(clock);
  const writeOnce = <T>(repository: string, signal: AbortSignal, write: Write<T>): Promise<T> => {
    const endpoint = toEndpoint(directory, repository);
    const session = { endpoint, authorized, clock, signal };
    return withRetries(endpoint.name, endpoint.settings.maxRetries, clock, signal, () => write(session));
  };
  const inSession = async <T>(repository: string, signal: AbortSignal, write: Write<T>): Promise<T> => {
    const endpoint = toEndpoint(directory, repository);
    try {
      return await writeOnce(repository, signal, write);
    } catch (error) {
      if (!directory.turnsOutPlain(endpoint, error)) throw error;
      return writeOnce(repository, signal, write);
    }
  };
  return {
    blob: (repository, blob, signal) => inSession(repository, signal, (session) => putBlob(session, blob)),
    layer: (repository, open, signal) => inSession(repository, signal, (session) => putLayer(session, open)),
    manifest: (repository, manifest, tag, signal) =>
      inSession(repository, signal, (session) => putManifest(session, manifest, tag)),
    close: () => directory.close(),
  };
}

function toEndpoint(directory: RegistryDirectory, repository: string): Endpoint {
  const [first, second] = directory.endpoints(repository);
  return { ...(second ?? first), actions: "pull,push" };
}

async function putBlob(session: Session, { digest, bytes }: Pick<Document, "digest" | "bytes">): Promise<void> {
  if (bytes.byteLength > askedBytes && (await isThere(session, digest))) return;
  await endUpload(session, await beginUpload(session), digest, bytes);
}

async function putLayer(session: Session, open: () => Promise<LayerStream>): Promise<Layer> {
  const { endpoint } = session;
  const url = await beginUpload(session);
  const stream = await open();
  const headers = { "content-type": "application/octet-stream" };
  const answer = await ask(session, { method: "PATCH", url, headers, open: onlyOnce(endpoint, stream) });
  const { location } = (await expectStatus(session, streamed, answer)).headers;
  const next = resolveNextUrl(endpoint, url, location ?? url.href, "went on with an upload");
  const layer = stream.sealed();
  await endUpload(session, next, layer.digest, none);
  return layer;
}

async function putManifest(
  session: Session,
  { digest, bytes, mediaType }: Document,
  tag: string | undefined,
): Promise<{ listsReferrers: boolean }> {
  const url = toContentUrl(session.endpoint, "manifests", tag ?? digest);
  const headers = { "content-type": mediaType, "content-length": `${bytes.byteLength}` };
  const answer = await ask(session, { method: "PUT", url, headers, open: () => bytes });
  await expectStatus(session, [201], answer);
  checkDigestHeader(session.endpoint, answer, digest);
  return { listsReferrers: answer.headers["oci-subject"] !== undefined };
}

/** One request. Credentials go to the registry's own origin only, wherever an upload's Location leads. */
function ask(
  { endpoint, authorized, signal }: Session,
  { open, ...request }: WriteRequest,
): Promise<CredentialedAnswer> {
  const own = request.url.origin === endpoint.origin;
  const once = async (authorization: string | undefined): Promise<Answer> => {
    const secret = own && authorization !== undefined ? { authorization } : {};
    const headers = { "user-agent": "assaygate", ...request.headers, ...secret };
    const body = open === undefined ? {} : { body: open() };
    const response = await send(endpoint, { ...request, ...body, headers }, own ? "registry" : "elsewhere", signal);
    return { ...response, own };
  };
  return authorized(endpoint, once, signal);
}

async function expectStatus(
  { endpoint, clock }: Session,
  expected: readonly number[],
  answer: CredentialedAnswer,
): Promise<Answer> {
  if (!expected.includes(answer.statusCode)) throw await refusal(endpoint, answer, clock.now());
  discard(answer);
  return answer;
}

async function isThere(session: Session, digest: Digest): Promise<boolean> {
  const { endpoint, clock } = session;
  const answer = await ask(session, { method: "HEAD", url: toContentUrl(endpoint, "blobs", digest) });
  discard(answer);
  if (answer.statusCode === 429 || answer.statusCode >= 500) throw await refusal(endpoint, answer, clock.now());
  return answer.statusCode === 200;
}

async function beginUpload(session: Session): Promise<URL> {
  const url = toRepositoryUrl(session.endpoint, "blobs", "uploads", "");
  const answer = await ask(session, { method: "POST", url, headers: { "content-length": "0" } });
  const { headers } = await expectStatus(session, [202], answer);
  return resolveNextUrl(session.endpoint, url, headers.location, "began an upload");
}

async function endUpload(session: Session, at: URL, digest: Digest, bytes: Uint8Array): Promise<void> {
  const url = toUploadEnd(at, digest);
  const headers = { "content-type": "application/octet-stream", "content-length": `${bytes.byteLength}` };
  const answer = await ask(session, { method: "PUT", url, headers, open: () => bytes });
  checkDigestHeader(session.endpoint, await expectStatus(session, [201], answer), digest);
}

const none = Buffer.alloc(0);

/** ECR says that it created something where others say that they accepted it. */
const streamed = [202, 201] as const;

/** Half a stream cannot be sent again after a login: the upload begins anew instead. */
function onlyOnce({ name }: Endpoint, { chunks }: LayerStream): () => AsyncIterable<Uint8Array> {
  let isSent = false;
  return () => {
    if (isSent) throw new TransientError(`${name} wanted another login in the middle of an upload`);
    isSent = true;
    return chunks;
  };
}

/** What the registry says that it stored, where it says so, must be what was sent. */
function checkDigestHeader({ name }: Endpoint, { headers }: Answer, digest: Digest): void {
  const said = headers["docker-content-digest"];
  if (typeof said !== "string" || said === digest) return;
  throw refused(
    "corrupt",
    `${name} says that it stored ${shortenDigest(said)} where ${shortenDigest(digest)} was sent`,
  );
}

async function refusal(
  { name, path, identity }: Endpoint,
  answer: CredentialedAnswer,
  nowMs: number,
): Promise<RegistryError> {
  const { statusCode, headers, shown } = answer;
  const code = await readCode(answer);
  const what = `${name} answered ${showStatus(statusCode)}${code === undefined ? "" : ` (${code})`}`;
  if (statusCode === 429 || statusCode >= 500)
    return new TransientError(what, parseRetryAfterMs(headers["retry-after"], nowMs));
  if (statusCode === 401 || statusCode === 403)
    return unavailable("denied", withRemedy(`${what} to ${shown}, which may not push to ${path}`, identity));
  if (statusCode === 404)
    return unavailable(
      "denied",
      withRemedy(`${what} to ${shown}: no repository ${path}, or none to push to`, identity),
    );
  return unavailable("no-answer", what);
}

/** Errors are short. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
const errorBytes = 8 * 1024;

/** The registry's own word for what is wrong: a code, never its text. */
async function readCode({ body }: Answer): Promise<string | undefined> {
  try {
    const bytes = await collectChunks(body, errorBytes);
    return /"code"\s*:\s*"([A-Z_]{1,40})"/.exec(bytes?.toString("latin1") ?? "")?.[1];
  } catch {
    return undefined;
  }
}
