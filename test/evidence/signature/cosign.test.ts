import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { createRevocationCache } from "../../../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import type { Signer } from "../../../policies/signer.ts";
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

/** The real cosign and a registry, with two keys. */
interface Scene {
  readonly registry: DockerRegistry;
  readonly cosign: Cosign;
  readonly source: HttpSource;
  /** Public keys, PEM. */
  readonly keys: ReadonlyMap<string, string>;
  /** Pushes an artifact that is like no other. */
  push(): Promise<{ readonly repository: string; readonly digest: Digest; readonly reference: string }>;
  /** What the gate finds by a key. */
  look(repository: string, digest: Digest, publicKey: string): Promise<Signatures>;
}

async function prepare(start: () => Promise<DockerRegistry>): Promise<Scene> {
  const registry = await start();
  const cosign = await createCosign();
  const source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true }] });
  const keys = new Map<string, string>();
  for (const name of ["ours", "theirs"]) keys.set(name, await cosign.makeKey(name));
  let count = 0;
  return {
    registry,
    cosign,
    source,
    keys,
    async push() {
      count += 1;
      const content = { mediaType: "text/plain", content: `evaluated ${count}` };
      const artifactType = "application/vnd.assaygate.evaluation";
      const pushed = await orasPush(registry, { repository: "acme/evals", artifactType, files: { "n.txt": content } });
      const digest = parseDigest(pushed);
      if (digest === undefined) throw new Error(pushed);
      const repository = `${registry.host}/acme/evals`;
      return { repository, digest, reference: `${repository}@${digest}` };
    },
    look(repository, digest, publicKey) {
      const required = { any: [signerBy(publicKey)], threshold: 1 } as const;
      const cache = createSignatureCache(source, () => noTrust);
      return cache.lookUp(repository, digest, [required], AbortSignal.timeout(10_000));
    },
  };
}

function signerBy(publicKey: string): Signer {
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: "NotRequired" } });
  if (typeof signer === "string") throw new Error(signer);
  return signer;
}

function agreeing(start: () => Promise<DockerRegistry>): void {
  let scene: Scene | undefined;
  const at = (): Scene => {
    if (scene === undefined) throw new Error("nothing was prepared");
    return scene;
  };
  beforeAll(async () => {
    scene = await prepare(start);
  });
  afterAll(async () => {
    await scene?.source.close();
    await scene?.cosign[Symbol.asyncDispose]();
    await scene?.registry.stop();
  });
  keysHold(at);
  revocationsCount(at);
  bothAgree(at);
}

function keysHold(at: () => Scene): void {
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
    const publicKey = await at().cosign.makeKey(name, kind);
    const { repository, digest, reference } = await at().push();
    await at().cosign.sign(reference, name, layout);
    const verified = [{ identity: expect.stringMatching(/^key sha256:/) }];
    expect(await at().look(repository, digest, publicKey)).toMatchObject({ seen: 1, verified, problems: [] });
  });
}

function revocationsCount(at: () => Scene): void {
  it("a revocation that cosign attests counts, by who may revoke and of this digest", async () => {
    const { repository, digest, reference } = await at().push();
    const predicate = { reason: "wrong model", revokedAt: "2026-11-20T12:00:00Z" };
    await at().cosign.attest(reference, "ours", { type: "https://assaygate.dev/revocation/v1", predicate });
    const find = (key: string, of = digest): Promise<Signatures> => {
      const cache = createRevocationCache(at().source, () => noTrust);
      const any = [signerBy(at().keys.get(key) ?? "")] as const;
      return cache.lookUp(repository, of, [{ any, threshold: 1 }], AbortSignal.timeout(10_000));
    };
    expect(await find("ours")).toMatchObject({ verified: [{ revocation: predicate }] });
    expect(await find("theirs")).toMatchObject({ seen: 1, verified: [] });
    expect(await find("ours", (await at().push()).digest)).toMatchObject({ seen: 0, verified: [] });
    // Nor is it a signature.
    expect(await at().look(repository, digest, at().keys.get("ours") ?? "")).toMatchObject({ verified: [] });
  });
}

function bothAgree(at: () => Scene): void {
  const layouts = ["bundle", "tag"] as const;
  it.each(layouts)("cosign and the gate agree, case by case (%s), but for attestations", async (layout) => {
    const cases: Record<string, (reference: string) => Promise<void>> = {
      "by our key": (reference) => at().cosign.sign(reference, "ours", layout),
      "by another key": (reference) => at().cosign.sign(reference, "theirs", layout),
      "by both": async (reference) => {
        await at().cosign.sign(reference, "theirs", layout);
        await at().cosign.sign(reference, "ours", layout);
      },
      "by nobody": async () => undefined,
      "an attestation alone": (reference) => at().cosign.attest(reference, "ours"),
    };
    const agreed: Record<string, [cosign: boolean, gate: boolean]> = {};
    for (const [name, sign] of Object.entries(cases)) {
      const { repository, digest, reference } = await at().push();
      await sign(reference);
      const found = await at().look(repository, digest, at().keys.get("ours") ?? "");
      const accepted = found.kind === "checked" && found.verified.length > 0;
      agreed[name] = [await at().cosign.verifies(reference, "ours", layout), accepted];
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
