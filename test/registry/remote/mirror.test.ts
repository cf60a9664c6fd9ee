import { describe, expect, it } from "@jest/globals";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { listReferrers } from "../../../registry/referrers.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import type { MirrorOptions, RegistryOptions } from "../../../registry/remote/registry.ts";
import { artifactOf, genericArtifact, type BuiltArtifact } from "../../support/artifacts.ts";
import { basicAuth, tokenAuth } from "../../support/hostile-registry/auth.ts";
import { challenge, contentEncoding, hang, html, reset, status } from "../../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";
import { outcomeOf, patient, plain, read, repository } from "./reading.ts";

const missing = digestOf(Buffer.from("never pushed"));

function mirrored(
  origin: HostileRegistry,
  mirror: HostileRegistry,
  over: Partial<MirrorOptions> = {},
): RegistryOptions {
  return plain(origin, { mirror: { url: mirror.url, plainHttp: true, ...over } });
}

describe("a mirror", () => {
  it("is asked first, and told whom it stands in for", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const digest = mirror.putBlob(repository, "layer");
    const body = await source.blob(`${origin.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
    expect(mirror.requests[0]?.url.searchParams.get("ns")).toBe(origin.host);
    expect(origin.requests).toHaveLength(0);
  });

  it("may hold repositories under a prefix", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    const registries = [mirrored(origin, mirror, { url: `${mirror.url}/quay-proxy/` })];
    await using source = createHttpSource({ registries });
    const digest = mirror.putBlob(`quay-proxy/${repository}`, "layer");
    const body = await source.blob(`${origin.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
    expect(origin.requests).toHaveLength(0);
  });

  it.each([
    ["lacks the content", status(404)],
    ["denies", status(403)],
    ["asks for a login", challenge('Basic realm="r"')],
    ["is busy", status(429, { "retry-after": "5" })],
    ["fails", status(503)],
    ["breaks off", reset()],
    ["says nothing", hang()],
  ])("that %s is passed over at once", async (_, fault) => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror, { requestTimeoutMs: 500 })] });
    const digest = origin.putBlob(repository, "layer");
    mirror.misbehave(fault);
    const body = await source.blob(`${origin.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
    expect(mirror.requests).toHaveLength(1);
    expect(origin.requests).toHaveLength(1);
    expect(origin.requests[0]?.url.search).toBe("");
  });

  it("that is down is passed over", async () => {
    await using origin = await startHostileRegistry();
    const mirror = await startHostileRegistry();
    await mirror.close();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const digest = origin.putBlob(repository, "layer");
    const body = await source.blob(`${origin.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it.each([
    [404, "absent"],
    [503, "unavailable no-answer"],
  ])("leaves the last word to the registry: %i is %s", async (code, expected) => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    origin.misbehave(status(code));
    mirror.misbehave(status(code === 404 ? 503 : 404));
    expect(await outcomeOf(source.blob(`${origin.host}/${repository}`, missing, patient))).toBe(expected);
  });

  it("that sends what can never be accepted is not passed over", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const digest = mirror.putBlob(repository, "layer");
    mirror.misbehave(contentEncoding("gzip"));
    const reading = source.blob(`${origin.host}/${repository}`, digest, patient);
    expect(await outcomeOf(reading)).toBe("refused invalid");
    expect(origin.requests).toHaveLength(0);
  });

  it("takes no more time than the review has", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const review = new AbortController();
    mirror.misbehave(() => review.abort());
    const reading = source.blob(`${origin.host}/${repository}`, missing, review.signal);
    expect(await outcomeOf(reading)).toBe("unavailable out-of-time");
    expect(origin.requests).toHaveLength(0);
  });
});

/** Signatures, revocations and newer evaluations are attached to what a mirror has held for long. */
describe("what may change, lists and tags, is the registry's word and not a mirror's", () => {
  const artifact = genericArtifact();
  const about = (name: string): BuiltArtifact =>
    artifactOf([{ bytes: Buffer.from(name), mediaType: "text/plain" }], {
      artifactType: "application/x.note",
      subject: { mediaType: artifact.mediaType, digest: artifact.digest, size: 1 },
    });
  const [older, newer] = [about("older"), about("newer")];
  const digestsOf = (...all: readonly BuiltArtifact[]): string[] => all.map(({ digest }) => digest).toSorted();
  const list = async (
    origin: HostileRegistry,
    mirror: HostileRegistry,
  ): Promise<{ readonly digests: string[]; readonly unseen: string | undefined }> => {
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const { listed, unseen } = await listReferrers(source, `${origin.host}/${repository}`, artifact.digest, patient);
    return { digests: listed.map(({ digest }) => digest).toSorted(), unseen: unseen?.kind };
  };
  const hold = (registry: HostileRegistry, ...all: readonly BuiltArtifact[]): void => {
    for (const { manifest, mediaType } of all) registry.put(repository, manifest, { mediaType });
  };
  const tag = artifact.digest.replace(":", "-");
  const index = (...all: readonly BuiltArtifact[]): object => ({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: all.map(({ digest, mediaType, manifest }) => ({ digest, mediaType, size: manifest.byteLength })),
  });

  it.each([
    ["lists less", [older]],
    ["lists nothing", []],
  ])("where the mirror %s", async (_, held) => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    hold(origin, artifact, older, newer);
    hold(mirror, artifact, ...held);
    expect(await list(origin, mirror)).toEqual({ digests: digestsOf(older, newer), unseen: undefined });
  });

  it("where both list by the tag", async () => {
    await using origin = await startHostileRegistry({ referrers: false });
    await using mirror = await startHostileRegistry({ referrers: false });
    origin.put(repository, index(older, newer), { tag });
    mirror.put(repository, index(older), { tag });
    expect(await list(origin, mirror)).toEqual({ digests: digestsOf(older, newer), unseen: undefined });
  });

  it.each([
    ["fails", status(503), "unavailable"],
    ["denies", status(403), "unavailable"],
    ["breaks off", reset(), "unavailable"],
  ])("and where the registry %s, the mirror's list counts and there may be more", async (_, fault, unseen) => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    hold(mirror, artifact, older);
    origin.misbehave(fault);
    expect(await list(origin, mirror)).toEqual({ digests: digestsOf(older), unseen });
  });

  it("and where the registry fails and the mirror sends a page for people, its tag counts and there may be more", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    mirror.put(repository, index(older), { tag });
    mirror.misbehave(html(), { kind: "referrers" });
    origin.misbehave(status(503));
    expect(await list(origin, mirror)).toEqual({ digests: digestsOf(older), unseen: "unavailable" });
  });

  it("and where neither answers, nothing was seen", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    origin.misbehave(status(503));
    mirror.misbehave(status(500));
    expect(await list(origin, mirror)).toEqual({ digests: [], unseen: "unavailable" });
  });

  it("for a tag, too; the mirror's counts where the registry shows none, and where it gives no answer", async () => {
    await using origin = await startHostileRegistry();
    await using mirror = await startHostileRegistry();
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)] });
    const readTag = async (): Promise<string | undefined> => {
      const body = await source.tagged(`${origin.host}/${repository}`, "x.sig", patient);
      return body && String(digestOf(await read(body)));
    };
    mirror.put(repository, older.manifest, { mediaType: older.mediaType, tag: "x.sig" });
    expect(await readTag()).toBe(older.digest);
    origin.put(repository, newer.manifest, { mediaType: newer.mediaType, tag: "x.sig" });
    expect(await readTag()).toBe(newer.digest);
    origin.misbehave(status(503));
    expect(await readTag()).toBe(older.digest);
    mirror.misbehave(status(404));
    expect(await outcomeOf(source.tagged(`${origin.host}/${repository}`, "x.sig", patient))).toBe(
      "unavailable no-answer",
    );
  });
});

const auth = (user: string): { auth: string } => ({ auth: btoa(`${user}:s3cret`) });
const header = (user: string): string => `Basic ${btoa(`${user}:s3cret`)}`;

describe("T09: a mirror's credentials", () => {
  it("are never the registry's", async () => {
    await using origin = await startHostileRegistry({ auth: basicAuth({ upstream: "s3cret" }) });
    await using mirror = await startHostileRegistry({ auth: basicAuth({ upstream: "s3cret" }) });
    const upstream = createDockerConfigCredentials(JSON.stringify({ auths: { [origin.host]: auth("upstream") } }));
    for (const options of [
      { registries: [mirrored(origin, mirror)], credentials: upstream },
      { registries: [{ ...mirrored(origin, mirror), credentials: upstream }] },
    ]) {
      await using source = createHttpSource(options);
      expect(await outcomeOf(source.blob(`${origin.host}/${repository}`, missing, patient))).toBe("absent");
    }
    expect(mirror.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(origin.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      header("upstream"),
      undefined,
      header("upstream"),
    ]);
  });

  it("are those under its own host, and they are not shown to the registry", async () => {
    await using origin = await startHostileRegistry({ auth: basicAuth({ upstream: "s3cret" }) });
    await using mirror = await startHostileRegistry({ auth: basicAuth({ proxy: "s3cret" }) });
    const auths = { [origin.host]: auth("upstream"), [mirror.host]: auth("proxy") };
    const credentials = createDockerConfigCredentials(JSON.stringify({ auths }));
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)], credentials });
    expect(await outcomeOf(source.blob(`${origin.host}/${repository}`, missing, patient))).toBe("absent");
    expect(mirror.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, header("proxy")]);
    expect(origin.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, header("upstream")]);
  });

  it("are not sent where the mirror likes, not even to the registry", async () => {
    await using origin = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    await using mirror = await startHostileRegistry();
    const credentials = createDockerConfigCredentials(JSON.stringify({ auths: { [mirror.host]: auth("proxy") } }));
    await using source = createHttpSource({ registries: [mirrored(origin, mirror)], credentials });
    mirror.misbehave(challenge(`Bearer realm="${origin.url}/token"`));
    expect(await outcomeOf(source.blob(`${origin.host}/${repository}`, missing, patient))).toBe("absent");
    expect(origin.asked("token").map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});
