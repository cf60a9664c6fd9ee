import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import type { Trust } from "../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import { isEnough } from "../../../policies/signers/evaluate-signatures.ts";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { describeWith } from "../../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { certificateOf, createNotation, type Notation } from "../../support/notation.ts";
import { orasPush } from "../../support/oras.ts";

jest.setTimeout(120_000);

describeWith(["docker-registry", "oras", "notation"], "signatures that the real notation makes", () => {
  let registry: DockerRegistry;
  let notation: Notation;
  let source: HttpSource;
  let trust: Trust;
  let ours: string;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    notation = await createNotation();
    source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true }] });
    ours = await notation.makeSigner("ours");
    await notation.makeSigner("theirs");
    const store = { type: "ca", certificates: await certificateOf(notation, "ours") } as const;
    trust = { root: undefined, keys: new Map(), stores: new Map([["ours", store]]) };
  });
  afterAll(async () => {
    await source?.close();
    await notation?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  let count = 0;
  const push = async (): Promise<{ repository: string; digest: Digest; reference: string }> => {
    count += 1;
    const file = { mediaType: "text/plain", content: `evaluated ${count}` };
    const artifactType = "application/vnd.assaygate.evaluation";
    const pushed = await orasPush(registry, { repository: "acme/evals", artifactType, files: { "n.txt": file } });
    const digest = parseDigest(pushed);
    if (digest === undefined) throw new Error(pushed);
    const repository = `${registry.host}/acme/evals`;
    return { repository, digest, reference: `${repository}@${digest}` };
  };
  const look = (repository: string, digest: Digest, identity: string, now = new Date()): Promise<Signatures> => {
    const signer = compileSigner({ notation: { trustStore: "ours", identities: [identity] } });
    if (typeof signer === "string") throw new Error(signer);
    const store = createSignatureCache(source, () => trust, { now: () => now });
    return store.lookUp(repository, digest, [{ any: [signer], threshold: 1 }], AbortSignal.timeout(10_000));
  };
  const elsewhere = "x509.subject: CN=ours,O=Elsewhere,L=Seattle,ST=WA,C=US";

  it.each<[string, (reference: string) => Promise<void>, string | undefined, boolean]>([
    ["by our signer", (reference) => notation.sign(reference, "ours"), undefined, true],
    ["by another signer", (reference) => notation.sign(reference, "theirs"), undefined, false],
    [
      "by both",
      async (reference) => {
        await notation.sign(reference, "theirs");
        await notation.sign(reference, "ours");
      },
      undefined,
      true,
    ],
    ["by nobody", async () => undefined, undefined, false],
    ["by our signer, for another identity", (reference) => notation.sign(reference, "ours"), elsewhere, false],
    ["with an expiry", (reference) => notation.sign(reference, "ours", "--expiry", "24h"), undefined, true],
  ])("%s: notation and the gate agree", async (_, prepare, identity, expected) => {
    const { repository, digest, reference } = await push();
    await prepare(reference);
    const found = await look(repository, digest, identity ?? ours);
    const gate = found.kind === "checked" && found.verified.length > 0;
    expect([await notation.verifies(reference, "ours", identity ?? ours), gate]).toEqual([expected, expected]);
  });

  it("count once, in however many trust stores the signer is", async () => {
    const { repository, digest, reference } = await push();
    await notation.sign(reference, "ours");
    const stores = [...trust.stores.values()].flatMap((one) => [["ours", one] as const, ["again", one] as const]);
    const [first, second] = ["ours", "again"].map((trustStore) =>
      compileSigner({ notation: { trustStore, identities: [ours] } }),
    );
    if (typeof first !== "object" || typeof second !== "object") throw new Error("no signer");
    const required = { any: [first, second], threshold: 2 } as const;
    const store = createSignatureCache(source, () => ({ ...trust, stores: new Map(stores) }));
    const found = await store.lookUp(repository, digest, [required], AbortSignal.timeout(10_000));
    if (found.kind !== "checked") throw new Error(found.kind);
    expect(found.verified).toHaveLength(2);
    expect(isEnough(required, found.verified)).toBe(false);
    expect(isEnough({ ...required, threshold: 1 }, found.verified)).toBe(true);
  });

  it("in COSE is not supported, and says so", async () => {
    const { repository, digest, reference } = await push();
    await notation.sign(reference, "ours", "--signature-format", "cose");
    const problems = [{ kind: "invalid", message: expect.stringMatching(/COSE/) }];
    expect(await look(repository, digest, ours)).toMatchObject({ verified: [], problems });
  });

  it("do not count when the certificate is over, or the signature's own time (T25)", async () => {
    const { repository, digest, reference } = await push();
    await notation.sign(reference, "ours", "--expiry", "24h");
    const after = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
    expect(await look(repository, digest, ours, after(12))).toMatchObject({
      verified: [{ identity: expect.stringContaining("CN=ours") }],
    });
    expect(await look(repository, digest, ours, after(25))).toMatchObject({
      verified: [],
      problems: [{ kind: "invalid" }],
    });
  });
});
