import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { RegistryError } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { createHttpSource } from "../../registry/remote/http-source.ts";
import { limits } from "../../registry/limits.ts";
import { listReferrers } from "../../registry/referrers.ts";
import { readReferrers } from "../support/referrers.ts";
import type { Source } from "../../registry/source.ts";
import type { Digest } from "../../policies/digest.ts";
import { evaluation } from "../support/builders/evaluation.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { artifactOf, type BuiltArtifact, digestOf, genericArtifact, imageManifest } from "../support/artifacts.ts";
import { describeWith } from "../support/components.ts";
import { startTestGate } from "../support/gate.ts";
import type { Dialect } from "../support/hostile-registry/dialects/dialect.ts";
import type { Imitation } from "../support/hostile-registry/dialects/start.ts";
import type { Fault } from "../support/hostile-registry/exchange.ts";
import { contentEncoding, html, redirect, status } from "../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../support/hostile-registry/server.ts";
import { registryTargets } from "../support/registries.ts";
import { password, type RegistryTarget, type RunningTarget } from "../support/registries/target.ts";
import { outcomeOf, patient } from "./remote/reading.ts";

/** Bytes that are no text, and more than one packet. */
const layer = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 31) % 251));
const binary = artifactOf([{ bytes: layer, mediaType: "application/octet-stream" }]);
const big = genericArtifact({ "com.example.log": "x".repeat(3_500_000) });
const model = genericArtifact({ "com.example.model": "granite" });
const notes = ["one", "two", "three"].map((name) =>
  artifactOf([{ bytes: Buffer.from(name), mediaType: "text/plain" }], {
    artifactType: "application/x.note",
    subject: { mediaType: imageManifest, digest: model.digest, size: model.manifest.length },
  }),
);
const good = evaluation();
const staging = evaluation({ "dev.assaygate.environment": "staging" });
const nothing = digestOf("never stored");
const all: readonly BuiltArtifact[] = [binary, big, model, ...notes, good, staging];
const digests = (artifacts: readonly { readonly digest: Digest }[]): Digest[] =>
  artifacts.map(({ digest }) => digest).toSorted();

async function manifestBytes(source: Source, repository: string, digest: Digest): Promise<Buffer> {
  const body = await source.manifest(repository, digest, patient);
  return fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, patient);
}

async function blobBytes(source: Source, repository: string, digest: Digest): Promise<Buffer> {
  const body = await source.blob(repository, digest, patient);
  return fetchVerified(body, { digest, maxBytes: limits.layerBytes }, patient);
}

/** What comes of a read: `found`, or the error as {@link outcomeOf} has it. */
async function comesOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => "found",
    (error: unknown) => (error instanceof RegistryError ? outcomeOf(Promise.reject(error)) : Promise.reject(error)),
  );
}

const outcomes = { found: "found", absent: "absent", denied: "unavailable denied" } as const;

/** A registry that runs and holds everything, and how a gate reads it. */
interface Scene {
  readonly target: RunningTarget;
  readonly source: Source & AsyncDisposable;
}

/** What must hold wherever evidence lies. */
function reading(target: RegistryTarget): void {
  let scene: Scene | undefined;
  const at = (): Scene => {
    if (scene === undefined) throw new Error("nothing was prepared");
    return scene;
  };
  beforeAll(async () => {
    const running = await target.start();
    for (const artifact of all) await running.put(artifact);
    scene = { target: running, source: running.source(running.dockerConfig()) };
  }, 60_000);
  afterAll(async () => {
    await scene?.source[Symbol.asyncDispose]();
    await scene?.target[Symbol.asyncDispose]();
  });
  bytesAreGiven(at);
  strangersAreRefused(target, at);
  referrersAreFound(target, at);
  gateReads(at);
  if (target.made === "imitated") {
    passwordIsShownOnce(target);
    blobsAreSent(target);
  }
}

function bytesAreGiven(at: () => Scene): void {
  it("gives a manifest by its digest", async () => {
    expect(await manifestBytes(at().source, at().target.repository, model.digest)).toEqual(model.manifest);
  });

  it("gives a manifest of megabytes", async () => {
    const bytes = await manifestBytes(at().source, at().target.repository, big.digest);
    expect(bytes).toHaveLength(big.manifest.length);
  });

  it("gives a blob by its digest", async () => {
    expect((await blobBytes(at().source, at().target.repository, digestOf(layer))).equals(layer)).toBe(true);
  });

  it.each(["manifest", "blob"] as const)("has no %s under a digest that was never stored", async (kind) => {
    expect(await comesOf(at().source[kind](at().target.repository, nothing, patient))).toBe("absent");
  });
}

function strangersAreRefused(target: RegistryTarget, at: () => Scene): void {
  it(`in a repository that does not exist: ${target.elsewhere}`, async () => {
    const other = `${at().target.repository}-other`;
    const outcome = await comesOf(manifestBytes(at().source, other, model.digest));
    expect(outcome).toBe(outcomes[target.elsewhere]);
  });

  it(target.asksForLogin ? "is closed without a password and with a wrong one" : "asks for no password", async () => {
    const expected = target.asksForLogin ? outcomes.denied : outcomes.found;
    for (const dockerConfig of [undefined, at().target.dockerConfig("wrong-canary")]) {
      await using stranger = at().target.source(dockerConfig);
      const outcome = await comesOf(manifestBytes(stranger, at().target.repository, model.digest));
      expect([dockerConfig, outcome]).toEqual([dockerConfig, expected]);
    }
  });
}

function referrersAreFound(target: RegistryTarget, at: () => Scene): void {
  it(`finds referrers, which are ${target.referrers}`, async () => {
    const found = await readReferrers(at().source, at().target.repository, model.digest, patient);
    expect(digests(found)).toEqual(digests(notes));
  });

  it("finds no referrers where there are none", async () => {
    expect(await readReferrers(at().source, at().target.repository, good.digest, patient)).toEqual([]);
  });
}

function gateReads(at: () => Scene): void {
  it("is where a gate reads what it admits by", async () => {
    const evidence = { repositories: [at().target.repository] };
    const requirement = policy({ ...strict, environment: ["production"], maxAge: undefined }, { evidence });
    await using gate = await startTestGate({ "policy.yaml": requirement }, await at().target.gateConfig());
    const reasonsFor = async (digest: Digest): Promise<string> => {
      const { allowed, auditAnnotations } = await gate.review(
        review(deployment(`${at().target.repository}@${digest}`)),
      );
      return auditAnnotations["reasons"] ?? (allowed ? "admitted" : "denied without a reason");
    };
    expect(await reasonsFor(good.digest)).toBe("admitted");
    expect(await reasonsFor(staging.digest)).toBe("ENVIRONMENT_MISMATCH");
    expect(await reasonsFor(nothing)).toBe("EVIDENCE_NOT_FOUND");
  });
}

/** Who was shown what when one blob was read, as only an imitation can tell. */
async function lookAtOneRead(
  target: RegistryTarget,
  look: (servers: Imitation, dialect: Dialect) => void,
): Promise<void> {
  await using at = await target.start();
  await at.put(binary);
  await using source = at.source(at.dockerConfig());
  await blobBytes(source, at.repository, digestOf(layer));
  if (at.imitation === undefined) throw new Error("a real registry does not tell what it saw");
  look(at.imitation.servers, at.imitation.dialect);
}

function passwordIsShownOnce(target: RegistryTarget): void {
  it("sees the password in one place, and asks for what its documents say", () =>
    lookAtOneRead(target, ({ registry, tokens }, dialect) => {
      const shownAs = `Basic ${Buffer.from(`${dialect.user}:${password}`).toString("base64")}`;
      const shown = ({ requests }: HostileRegistry): unknown[] =>
        requests.flatMap(({ kind, headers: { authorization } }) => (authorization === shownAs ? [kind] : []));
      if (dialect.login.kind === "basic") {
        expect(shown(registry)).toEqual(["blob"]);
        expect(registry.asked("token")).toEqual([]);
        return;
      }
      expect([...new Set([...shown(registry), ...shown(tokens)])]).toEqual(["token"]);
      const [asked, ...more] = tokens.asked("token");
      expect(more).toEqual([]);
      expect(asked?.url.pathname).toBe(dialect.login.tokenPath);
      expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
        service: dialect.login.service,
        scope: `repository:${dialect.path}:pull`,
      });
    }));
}

function blobsAreSent(target: RegistryTarget): void {
  it("sends blobs the way that its documents say, and shows no secret to another server", () =>
    lookAtOneRead(target, ({ registry, elsewhere }, dialect) => {
      const sent = [...registry.asked("blob"), ...registry.asked("download")].map(({ url }) => url.pathname);
      expect(sent).toContain(`/v2/${dialect.path}/blobs/${digestOf(layer)}`);
      const isElsewhere = dialect.blobs !== "sent" && dialect.blobs.to === "elsewhere";
      expect(elsewhere.asked("blob")).toHaveLength(isElsewhere ? 1 : 0);
      expect(registry.asked("download")).toHaveLength(dialect.blobs === "sent" || isElsewhere ? 0 : 1);
      for (const { headers, url } of elsewhere.requests) {
        expect(headers.authorization).toBeUndefined();
        expect(url.searchParams.get("X-Amz-Signature")).toBe("signed");
      }
    }));
}

describe.each(registryTargets.map((target) => [`${target.name}, ${target.made}`, target] as const))(
  "%s",
  (_, target) => {
    describeWith(target.needs, "read by the gate", () => reading(target));
  },
);

describe("Docker Hub's names", () => {
  it.each([
    ["docker.io/evals", "library/evals"],
    ["docker.io/library/evals", "library/evals"],
    ["docker.io/acme/evals", "acme/evals"],
  ])("%s is asked for as %s", async (repository, path) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({
      registries: [{ host: "docker.io", url: registry.url, plainHttp: true, maxRetries: 0 }],
    });
    registry.push(path, model);
    expect(await manifestBytes(source, repository, model.digest)).toEqual(model.manifest);
  });
});

describe("a list of referrers", () => {
  const repository = "acme/evals";
  const listOf = async (registry: HostileRegistry): Promise<Digest[]> => {
    await using source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true, maxRetries: 0 }] });
    for (const artifact of [model, ...notes]) registry.push(repository, artifact);
    return digests(await readReferrers(source, `${registry.host}/${repository}`, model.digest, patient));
  };

  it("in pages is read to its end", async () => {
    await using registry = await startHostileRegistry({ referrers: { pageSize: 1 } });
    expect(await listOf(registry)).toEqual(digests(notes));
    expect(registry.asked("referrers")).toHaveLength(3);
  });

  it("that is not there is replaced by the tag, and only then", async () => {
    for (const referrers of [false, { pageSize: 9 }] as const) {
      await using registry = await startHostileRegistry({ referrers });
      const [first] = notes;
      const manifests = [{ mediaType: imageManifest, digest: first?.digest, size: first?.manifest.length }];
      registry.put(repository, { schemaVersion: 2, manifests }, { tag: model.digest.replace(":", "-") });
      expect(await listOf(registry)).toEqual(referrers === false ? [first?.digest] : digests(notes));
    }
  });

  it.each([
    ["a server error", status(500), "unavailable no-answer"],
    ["a denial", status(403), "unavailable denied"],
  ])("that is %s is not none", async (_, fault, outcome) => {
    await using registry = await startHostileRegistry();
    registry.misbehave(fault, { kind: "referrers" });
    expect(await outcomeOf(listOf(registry))).toBe(outcome);
  });

  it("that is denied hides nothing that the tag shows", async () => {
    await using registry = await startHostileRegistry();
    registry.misbehave(status(403), { kind: "referrers" });
    const [first] = notes;
    const manifests = [{ digest: first?.digest }];
    registry.put(repository, { schemaVersion: 2, manifests }, { tag: model.digest.replace(":", "-") });
    await using source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true, maxRetries: 0 }] });
    const { listed, unseen } = await listReferrers(source, `${registry.host}/${repository}`, model.digest, patient);
    expect(digests(listed)).toEqual([first?.digest]);
    expect(unseen).toMatchObject({ kind: "unavailable", reason: "denied" });
  });

  const signIn = (code: number): Fault => status(code, { "content-type": "text/html" }, "<!doctype html>Sign in");
  it.each<[string, (elsewhere: HostileRegistry) => Fault]>([
    ["400", () => status(400)],
    ["404", () => status(404)],
    ["405", () => status(405)],
    ["406", () => status(406)],
    ["410", () => status(410)],
    ["501", () => status(501)],
    ["a page for people", () => html()],
    ["something else in JSON", () => status(200, { "content-type": "application/json" }, '{"ok":true}')],
    ["encoded content", () => contentEncoding("gzip")],
    ["a redirect to a page for people", (elsewhere) => redirect(`${elsewhere.url}/login`, 302)],
    ["a redirect to a page that lets nobody in", (elsewhere) => redirect(`${elsewhere.url}/forbidden`, 302)],
    ["a redirect to a server that is not there", () => redirect("http://127.0.0.1:1/login", 302)],
    ["a redirect to an address that it may not have", () => redirect("http://169.254.169.254/login", 302)],
    ["a redirect to nowhere", () => redirect("", 302)],
  ])("that is answered with %s is none: the tag counts, and without it nothing refers", async (_, faultOf) => {
    await using elsewhere = await startHostileRegistry();
    elsewhere.misbehave(({ recorded, ...exchange }) =>
      signIn(recorded.target === "/login" ? 200 : 403)({ recorded, ...exchange }),
    );
    await using registry = await startHostileRegistry();
    registry.misbehave(faultOf(elsewhere), { kind: "referrers" });
    const registries = [{ host: registry.host, plainHttp: true, maxRetries: 0, redirectHosts: ["127.0.0.1"] }];
    await using source = createHttpSource({ registries });
    for (const artifact of [model, ...notes]) registry.push(repository, artifact);
    const list = async (): Promise<Digest[]> =>
      digests(await readReferrers(source, `${registry.host}/${repository}`, model.digest, patient));
    expect(await list()).toEqual([]);
    const manifests = notes.map(({ digest }) => ({ digest }));
    registry.put(repository, { schemaVersion: 2, manifests }, { tag: model.digest.replace(":", "-") });
    expect(await list()).toEqual(digests(notes));
  });

  it("that a mirror does not have is the registry's own", async () => {
    await using mirror = await startHostileRegistry({ referrers: false });
    await using registry = await startHostileRegistry();
    for (const artifact of [model, ...notes]) registry.push(repository, artifact);
    const options = {
      host: registry.host,
      plainHttp: true,
      maxRetries: 0,
      mirror: { url: mirror.url, plainHttp: true },
    };
    await using source = createHttpSource({ registries: [options] });
    const found = await readReferrers(source, `${registry.host}/${repository}`, model.digest, patient);
    expect(digests(found)).toEqual(digests(notes));
  });
});
