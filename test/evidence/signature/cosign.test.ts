import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { createRevocationCache } from "../../../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { describeWith } from "../../support/components.ts";
import { createCosign, type Cosign, type KeyKind } from "../../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { startOlareg } from "../../support/olareg.ts";
import { orasPush } from "../../support/oras.ts";

jest.setTimeout(120_000);

/** One that keeps the tag of referrers, and one that lists them. */
const registries = [
  ["docker-registry", startDockerRegistry],
  ["olareg", startOlareg],
] as const;

describe.each(registries)("signatures that the real cosign makes, in %s", (name, start) => {
  describeWith([name, "oras", "cosign"], "are checked by the gate", () => agreeing(start));
});

function agreeing(start: () => Promise<DockerRegistry>): void {
  let registry: DockerRegistry;
  let cosign: Cosign;
  let source: HttpSource;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    registry = await start();
    cosign = await createCosign();
    source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true }] });
    for (const name of ["ours", "theirs"]) keys.set(name, await cosign.makeKey(name));
  });
  afterAll(async () => {
    await source?.close();
    await cosign?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  let count = 0;
  const push = async (): Promise<{ repository: string; digest: Digest; reference: string }> => {
    count += 1;
    const content = { mediaType: "text/plain", content: `evaluated ${count}` };
    const artifactType = "application/vnd.assaygate.evaluation";
    const pushed = await orasPush(registry, { repository: "acme/evals", artifactType, files: { "n.txt": content } });
    const digest = parseDigest(pushed);
    if (digest === undefined) throw new Error(pushed);
    const repository = `${registry.host}/acme/evals`;
    return { repository, digest, reference: `${repository}@${digest}` };
  };
  const look = (repository: string, digest: Digest, publicKey: string): Promise<Signatures> => {
    const signer = compileSigner({ cosign: { publicKey, transparencyLog: "NotRequired" } });
    if (typeof signer === "string") throw new Error(signer);
    const store = createSignatureCache(source, () => noTrust);
    return store.lookUp(repository, digest, [{ any: [signer], threshold: 1 }], AbortSignal.timeout(10_000));
  };

  // Ed25519: cosign 3.1 cannot sign bundles with such a key, and signs a hash of its own (Ed25519ph) under a tag.
  it.each<["bundle" | "tag", KeyKind]>([
    ["bundle", "P-256"],
    ["bundle", "P-384"],
    ["bundle", "RSA"],
    ["tag", "P-256"],
    ["tag", "P-384"],
    ["tag", "RSA"],
  ])("a %s by a key %s holds", async (layout, kind) => {
    const name = `${layout}-${kind}`;
    const publicKey = await cosign.makeKey(name, kind);
    const { repository, digest, reference } = await push();
    await cosign.sign(reference, name, layout);
    const verified = [{ identity: expect.stringMatching(/^key sha256:/) }];
    expect(await look(repository, digest, publicKey)).toMatchObject({ seen: 1, verified, problems: [] });
  });

  it("a revocation that cosign attests counts, by who may revoke and of this digest", async () => {
    const { repository, digest, reference } = await push();
    const predicate = { reason: "wrong model", revokedAt: "2026-11-20T12:00:00Z" };
    await cosign.attest(reference, "ours", { type: "https://assaygate.dev/revocation/v1", predicate });
    const find = (key: string, of = digest): Promise<Signatures> => {
      const signer = compileSigner({ cosign: { publicKey: keys.get(key) ?? "", transparencyLog: "NotRequired" } });
      if (typeof signer === "string") throw new Error(signer);
      const cache = createRevocationCache(source, () => noTrust);
      return cache.lookUp(repository, of, [{ any: [signer], threshold: 1 }], AbortSignal.timeout(10_000));
    };
    expect(await find("ours")).toMatchObject({ verified: [{ revocation: predicate }] });
    expect(await find("theirs")).toMatchObject({ seen: 1, verified: [] });
    expect(await find("ours", (await push()).digest)).toMatchObject({ seen: 0, verified: [] });
    // Nor is it a signature.
    expect(await look(repository, digest, keys.get("ours") ?? "")).toMatchObject({ verified: [] });
  });

  const layouts = ["bundle", "tag"] as const;
  it.each(layouts)("cosign and the gate agree, case by case (%s), but for attestations", async (layout) => {
    const cases: Record<string, (reference: string) => Promise<void>> = {
      "by our key": (reference) => cosign.sign(reference, "ours", layout),
      "by another key": (reference) => cosign.sign(reference, "theirs", layout),
      "by both": async (reference) => {
        await cosign.sign(reference, "theirs", layout);
        await cosign.sign(reference, "ours", layout);
      },
      "by nobody": async () => undefined,
      "an attestation alone": (reference) => cosign.attest(reference, "ours"),
    };
    const agreed: Record<string, [cosign: boolean, gate: boolean]> = {};
    for (const [name, prepare] of Object.entries(cases)) {
      const { repository, digest, reference } = await push();
      await prepare(reference);
      const found = await look(repository, digest, keys.get("ours") ?? "");
      const accepted = found.kind === "checked" && found.verified.length > 0;
      agreed[name] = [await cosign.verifies(reference, "ours", layout), accepted];
    }
    expect(agreed).toEqual({
      "by our key": [true, true],
      "by another key": [false, false],
      "by both": [true, true],
      "by nobody": [false, false],
      // cosign takes any statement for a signature where it is in a bundle. The gate does not: it vouches for nothing.
      "an attestation alone": [layout === "bundle", false],
    });
  });
}
