import type { Digest } from "../../../policies/digest.ts";
import { RegistryError, unavailable } from "../../errors.ts";
import type { Body } from "../../source.ts";
import { type Endpoint, toContentUrl } from "../endpoint.ts";
import { findNextLink } from "./links.ts";
import { accept, type Client, get, isAbsent, isLeftOpen, type Page, readFromRegistry, StatusError } from "./read.ts";
import { RedirectError } from "../redirect.ts";

const imageIndex = "application/vnd.oci.image.index.v1+json";

/**
 * The manifest that a tag names now; undefined where there is none. A mirror may hold what it named before, so it is asked only
 * where the registry shows none.
 */
export async function readTagged(
  client: Client,
  repository: string,
  tag: string,
  signal: AbortSignal,
): Promise<Body | undefined> {
  const { registry, mirror } = getServers(client, repository);
  try {
    return await askOne(client, registry, repository, (at, retries) => getTagged(client, at, retries, tag, signal));
  } catch (error) {
    const held = mirror && isLeftOpen(error) ? await getTagged(client, mirror, 0, tag, signal).catch(skip) : undefined;
    if (held !== undefined) return held;
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What a mirror leaves open. */
function skip(error: unknown): undefined {
  if (!isLeftOpen(error)) throw error;
}

async function getTagged(
  client: Client,
  at: Endpoint,
  maxRetries: number,
  tag: string,
  signal: AbortSignal,
): Promise<Body> {
  const request = { url: toContentUrl(at, "manifests", tag), accept: accept.manifests, what: tag };
  return (await get(client, at, maxRetries, request, signal)).body;
}

/**
 * Pages of the registry's own list: what a mirror has held for long does not show what was attached since, such as a revocation.
 * Its list counts where the registry shows none, and where the registry gives no answer, and then that is said as well.
 */
export async function* listReferrers(
  client: Client,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): AsyncGenerator<Body> {
  const { registry, mirror } = getServers(client, repository);
  if (mirror === undefined) {
    yield* listAt(client, registry, repository, digest, signal);
    return;
  }
  let isListed = false;
  let failure: RegistryError | undefined;
  try {
    for await (const page of listAt(client, registry, repository, digest, signal)) {
      isListed = true;
      yield page;
    }
  } catch (error) {
    if (!isLeftOpen(error)) throw error;
    failure = error;
  }
  if (failure === undefined && isListed) return;
  try {
    yield* listAt(client, mirror, repository, digest, signal);
  } catch (error) {
    skip(error);
  }
  if (failure !== undefined) throw failure;
}

/**
 * Where the server has no list of referrers, the tag that stands in for it. Where it has one and does not show it, the tag
 * first, and then why: whatever is there counts.
 */
async function* listAt(
  client: Client,
  server: Endpoint,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): AsyncGenerator<Body> {
  const list = (at: Endpoint, maxRetries: number, url: URL): Promise<Page> =>
    get(client, at, maxRetries, { url, accept: imageIndex, what: digest }, signal);
  let found: { readonly page: Page; readonly endpoint: Endpoint };
  try {
    found = await askOne(client, server, repository, async (endpoint, maxRetries) => ({
      endpoint,
      page: await list(endpoint, maxRetries, toContentUrl(endpoint, "referrers", digest)),
    }));
  } catch (error) {
    if (!saysThatThereIsNoList(error) && !(error instanceof StatusError)) throw error;
    const body = await findTagged(client, server, repository, digest.replace(":", "-"), signal);
    if (body !== undefined) yield body;
    if (saysThatThereIsNoList(error)) return;
    throw error;
  }
  const { endpoint } = found;
  for (let { page } = found; ;) {
    yield page.body;
    const next = nextPage(page, endpoint);
    if (next === undefined) return;
    page = await list(endpoint, endpoint.settings.maxRetries, next);
  }
}

interface Servers {
  readonly registry: Endpoint;
  readonly mirror: Endpoint | undefined;
}

function getServers({ directory }: Client, repository: string): Servers {
  const [first, second] = directory.endpoints(repository);
  return second === undefined ? { registry: first, mirror: undefined } : { registry: second, mirror: first };
}

/** A mirror is asked once. */
function askOne<T>(
  { directory }: Client,
  server: Endpoint,
  repository: string,
  ask: (endpoint: Endpoint, maxRetries: number) => Promise<T>,
): Promise<T> {
  return server.mirrorOf === undefined ? readFromRegistry(directory, server, repository, ask) : ask(server, 0);
}

/** From this server alone. */
async function findTagged(
  client: Client,
  server: Endpoint,
  repository: string,
  tag: string,
  signal: AbortSignal,
): Promise<Body | undefined> {
  try {
    return await askOne(client, server, repository, (at, retries) => getTagged(client, at, retries, tag, signal));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * True for what a registry says that knows no list of referrers: any status but a denial, an overload or a failure; a page for
 * people, wherever it is; content that nothing can be read from. As other clients have it, which take 400, 404 and 406 so, and
 * whatever is no image index. https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/referrers.go
 */
function saysThatThereIsNoList(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (error instanceof StatusError) return !error.isDenial;
  return error.failure.kind !== "unavailable" || error instanceof RedirectError;
}

/** The next page of a list, which must be the same server's. Throws `no-answer` where there may be one that cannot be asked for. */
function nextPage({ from, link }: Page, { origin }: Endpoint): URL | undefined {
  const next = findNextLink(link);
  if (next === undefined) return undefined;
  if (next === "unreadable" || !URL.canParse(next.target, from.href))
    throw unavailable("no-answer", "the list of referrers names its next page in a way that cannot be read (Link)");
  const url = new URL(next.target, from);
  if (url.origin !== origin) throw unavailable("no-answer", "the list of referrers goes on at another server");
  return url;
}
