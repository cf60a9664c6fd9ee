import { basicAuth, type RegistryAuth, tokenAuth } from "../auth.ts";
import type { RecordedRequest } from "../exchange.ts";
import { html, redirect } from "../faults.ts";
import type { HonestOptions } from "../honest.ts";
import { type HostileRegistry, startHostileRegistry } from "../server.ts";
import { createStore } from "../store.ts";
import type { BlobRedirect, Dialect } from "./dialect.ts";

/** The servers that speak a dialect together. */
export interface Imitation extends AsyncDisposable {
  readonly registry: HostileRegistry;
  /** Who issues tokens: the registry itself, or a server of its own. */
  readonly tokens: HostileRegistry;
  /** Another server that blobs and pages come from. It never asks who is there, and must not be told. */
  readonly elsewhere: HostileRegistry;
}

/** Starts a dialect's servers, empty, for this one password. It takes writes too. */
export async function startDialect(dialect: Dialect, password: string): Promise<Imitation> {
  const store = createStore();
  const elsewhere = await startHostileRegistry({ store });
  const registry = await startHostileRegistry({
    store,
    uploads: dialect.uploads,
    ...(dialect.routes && { routes: dialect.routes }),
    ...(dialect.referrers !== "listed" && { referrers: false }),
    ...blobOptions(dialect.blobs, elsewhere),
  });
  const isApart = dialect.login.kind === "token" && dialect.login.elsewhere;
  const tokens = isApart ? await startHostileRegistry() : registry;
  registry.auth = tokens.auth = authOf(dialect, password, tokens.url);
  if (dialect.referrers === "sign-in") {
    elsewhere.misbehave(html(), { kind: "other" });
    registry.misbehave(redirect(`${elsewhere.url}/signin`, 302), { kind: "referrers" });
  }
  return {
    registry,
    tokens,
    elsewhere,
    async [Symbol.asyncDispose]() {
      await Promise.all([...new Set([registry, tokens, elsewhere])].map((server) => server.close()));
    },
  };
}

function authOf({ login, user, path, missingRepository }: Dialect, password: string, tokensUrl: string): RegistryAuth {
  const users = { [user]: password };
  if (login.kind === "basic") return basicAuth(users, login.challenge);
  return tokenAuth({
    users,
    tokenPath: login.tokenPath,
    realm: `${tokensUrl}${login.tokenPath}`,
    service: login.service,
    ...(missingRepository === "denied" && { repositories: [path] }),
  });
}

function blobOptions(blobs: Dialect["blobs"], elsewhere: HostileRegistry): Pick<HonestOptions, "blobRedirect"> {
  if (blobs === "sent") return {};
  return { blobRedirect: { status: blobs.status, to: (request) => placeOf(blobs, request, elsewhere) } };
}

/** A store elsewhere is asked by a signed URL: whoever holds it needs no other proof, and must show none. */
function placeOf({ to }: BlobRedirect, { repository, reference }: RecordedRequest, elsewhere: HostileRegistry): string {
  if (to === "elsewhere") return `${elsewhere.url}/v2/${repository}/blobs/${reference}?X-Amz-Signature=signed`;
  return to.path.replace("{repository}", repository).replace("{digest}", reference);
}
