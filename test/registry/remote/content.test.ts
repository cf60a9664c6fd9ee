import { describe, expect, it } from "@jest/globals";
import { fetchVerified } from "../../../registry/fetch-verified.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import {
  contentEncoding,
  cut,
  drip,
  endless,
  html,
  schema1,
  withHeaders,
  wrongBytes,
} from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { ociManifest } from "../../support/hostile-registry/store.ts";
import { outcomeOf, patient, plain, read, repository } from "./reading.ts";

const manifest = { schemaVersion: 2, mediaType: ociManifest };

describe("reading from an honest registry", () => {
  it("gives a manifest with its media type and length", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(withHeaders({ "content-type": `${ociManifest}; charset=utf-8` }));

    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    const bytes = await read(body);
    expect(bytes.toString()).toBe(JSON.stringify(manifest));
    expect(body).toMatchObject({ mediaType: ociManifest, length: bytes.length });
  });

  it("gives a blob", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it("asks by digest, for every kind of manifest, without credentials and without encodings", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    await read(await source.manifest(`${registry.host}/${repository}`, digest, patient));

    const [request] = registry.requests;
    expect(registry.requests).toHaveLength(1);
    expect(request?.method).toBe("GET");
    expect(request?.target).toBe(`/v2/${repository}/manifests/${digest}`);
    expect(request?.headers["accept-encoding"]).toBe("identity");
    expect(request?.headers.accept?.split(", ")).toEqual([
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
    ]);
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.headers.cookie).toBeUndefined();
  });

  it("uses connections again", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    for (let times = 0; times < 20; times++)
      await read(await source.manifest(`${registry.host}/${repository}`, digest, patient));
    // A second one is opened where a request comes before undici has seen the end of the one before.
    expect(registry.connections()).toBeLessThanOrEqual(2);
  });

  it("never opens more than a handful of connections", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    const one = async (): Promise<Buffer> =>
      read(await source.manifest(`${registry.host}/${repository}`, digest, patient));
    await Promise.all(Array.from({ length: 50 }, one));
    expect(registry.connections()).toBeLessThanOrEqual(8);
    expect(registry.requests).toHaveLength(50);
  });

  it("ends with the source", async () => {
    await using registry = await startHostileRegistry();
    const source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(endless());
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    await source.close();
    await registry.idle();
    expect(await outcomeOf(read(body))).toBe("unavailable no-answer");
  });
});

describe("T02: a registry that chooses the digest", () => {
  it.each([
    ["other bytes under the right header", wrongBytes()],
    ["other bytes that claim to be schema 1", schema1()],
    ["a web page", html()],
  ])("is found out: %s", async (_, fault) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(fault);
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    const verified = fetchVerified(body, { digest, maxBytes: 1024 }, patient);
    expect(await outcomeOf(verified)).toBe("refused corrupt");
  });

  it("may lie about the header as it likes: nobody reads it", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(withHeaders({ "docker-content-digest": "sha256:nonsense" }));
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    const bytes = await fetchVerified(body, { digest, maxBytes: 1024 }, patient);
    expect(bytes.toString()).toBe(JSON.stringify(manifest));
  });
});

describe("T05: data without end", () => {
  it("is left when the limit is reached, and the connection ends", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(endless());
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    const verified = fetchVerified(body, { digest, maxBytes: 1024 * 1024 }, patient);
    expect(await outcomeOf(verified)).toBe("refused invalid");
    await registry.requests[0]?.closed;
    await registry.idle();
    expect(registry.requests[0]?.sentBytes()).toBeLessThan(64 * 1024 * 1024);
  });

  it("is left when it is cancelled unread", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(endless());
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    body.cancel();
    body.cancel();
    await registry.idle();
    expect(registry.connections()).toBe(0);
  });

  it("that drips is left when the review's time is up", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(drip(5));
    const review = new AbortController();
    const body = await source.manifest(`${registry.host}/${repository}`, digest, review.signal);
    const reading = (async () => {
      for await (const chunk of body.chunks) if (chunk.length > 0) review.abort();
    })();
    expect(await outcomeOf(reading)).toBe("unavailable out-of-time");
    await registry.idle();
  });

  it("that stops half-way is left after the time for one piece", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { requestTimeoutMs: 2_000 })] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(drip(3_600_000));
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    expect(await outcomeOf(read(body))).toBe("unavailable no-answer");
    await registry.idle();
  });

  it("that breaks off is no shorter document", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(cut());
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    expect(await outcomeOf(read(body))).toBe("unavailable no-answer");
  });
});

describe("T06: Content-Encoding", () => {
  it.each(["gzip", "br", "zstd", "gzip, gzip", Array(100).fill("gzip").join(", "), "identity, gzip", "x"])(
    "%s is refused unread",
    async (encoding) => {
      await using registry = await startHostileRegistry();
      await using source = createHttpSource({ registries: [plain(registry)] });
      const digest = registry.put(repository, manifest);
      registry.misbehave(contentEncoding(encoding));
      const reading = source.manifest(`${registry.host}/${repository}`, digest, patient);
      expect(await outcomeOf(reading)).toBe("refused invalid");
    },
  );

  it("identity is no encoding", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.put(repository, manifest);
    registry.misbehave(contentEncoding("Identity"));
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe(JSON.stringify(manifest));
  });
});
