import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { parseTrustedRoot, type Trust } from "../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import type { Digest } from "../../../policies/digest.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { artifactOf, genericArtifact, type Json } from "../../support/artifacts.ts";
import { createMemorySource } from "../../support/memory-source.ts";
import { makeTestKey } from "../../support/signatures.ts";
import { startSigstore, type Identity, type TestSigstore } from "../../support/sigstore.ts";

const artifact = genericArtifact();
const other = genericArtifact({ "dev.assaygate.model.name": "mistral-7b" });
const pipeline: Identity = {
  issuer: "https://token.actions.githubusercontent.com",
  identity: "https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main",
};
const key = makeTestKey();
type Annotations = Readonly<Record<string, string>>;
const [signatureKey, certificateKey, logKey] = ["signature", "certificate", "bundle"].map(
  (name) => `dev.${name === "signature" ? "cosignproject" : "sigstore"}.cosign/${name}`,
) as [string, string, string];

let sigstore: TestSigstore;
let trust: Trust;

beforeAll(async () => {
  sigstore = await startSigstore();
  trust = { root: parseTrustedRoot(sigstore.trustedRoot), keys: new Map(), stores: new Map() };
});
afterAll(async () => {
  await sigstore?.[Symbol.asyncDispose]();
});

function payloadFor(digest: Digest): Buffer {
  const image = { "docker-manifest-digest": digest };
  const critical = { identity: {}, image, type: "cosign container image signature" };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

interface Entry {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly integratedTime: string;
  readonly canonicalizedBody: string;
  readonly inclusionPromise: { readonly signedEntryTimestamp: string };
}

/** The bundle's facts as cosign 2 writes them beside a payload. */
function annotationsOf(bundle: Json): Annotations {
  const { verificationMaterial, messageSignature } = bundle as {
    verificationMaterial: { x509CertificateChain?: { certificates: [{ rawBytes: string }] }; tlogEntries: [Entry] };
    messageSignature: { signature: string };
  };
  const { x509CertificateChain: chain, tlogEntries } = verificationMaterial;
  const [{ logIndex, logId, integratedTime, canonicalizedBody, inclusionPromise }] = tlogEntries;
  const logEntry = {
    SignedEntryTimestamp: inclusionPromise.signedEntryTimestamp,
    Payload: {
      body: canonicalizedBody,
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: Buffer.from(logId.keyId, "base64").toString("hex"),
    },
  };
  const pem = `-----BEGIN CERTIFICATE-----\n${chain?.certificates[0].rawBytes}\n-----END CERTIFICATE-----\n`;
  return {
    [signatureKey]: messageSignature.signature,
    ...(chain === undefined ? {} : { [certificateKey]: pem }),
    [logKey]: JSON.stringify(logEntry),
  };
}

async function look(bytes: Buffer, annotations: Annotations, cosign: Json, under = trust): Promise<Signatures> {
  const mediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
  const signature = artifactOf([{ bytes, mediaType, annotations }]);
  const source = createMemorySource(artifact, signature);
  source.tag(`${artifact.digest.replace(":", "-")}.sig`, signature.digest);
  const signer = compileSigner({ cosign });
  if (typeof signer === "string") throw new Error(signer);
  const required = [{ any: [signer], threshold: 1 }] as const;
  return createSignatureCache(source, () => under).lookUp(
    "quay.io/acme/evals",
    artifact.digest,
    required,
    AbortSignal.timeout(5_000),
  );
}

const without = (annotations: Annotations, left: string): Annotations =>
  Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== left));

describe.each<[string, Json, (bytes: Buffer) => Promise<Json>]>([
  ["a certificate", { ...pipeline }, (bytes) => sigstore.signBytes(bytes, pipeline)],
  ["a key, recorded in a log", { publicKey: key.pem }, (bytes) => sigstore.signBytesByKey(bytes, key)],
])("cosign's older layout, signed with %s", (_, cosign, sign) => {
  const payload = payloadFor(artifact.digest);
  const problem = (kind: string): object => ({ verified: [], problems: [{ kind }] });

  it("holds over the artifact", async () => {
    const found = await look(payload, annotationsOf(await sign(payload)), cosign);
    expect(found).toMatchObject({ verified: [{ identity: expect.any(String) }], problems: [] });
  });

  it("does not hold over another (T22)", async () => {
    const about = payloadFor(other.digest);
    expect(await look(about, annotationsOf(await sign(about)), cosign)).toMatchObject(problem("invalid"));
  });

  it("does not hold without its log entry, with another's, or with one that was changed (T22, T23)", async () => {
    const annotations = annotationsOf(await sign(payload));
    const replayed = annotationsOf(await sign(payloadFor(other.digest)));
    const later = (annotations[logKey] ?? "").replace(/"integratedTime":\d+/, '"integratedTime":1');
    for (const changed of [
      without(annotations, logKey),
      { ...annotations, [logKey]: replayed[logKey] ?? "" },
      { ...annotations, [logKey]: later },
      { ...annotations, [logKey]: "{" },
    ])
      expect(await look(payload, changed, cosign)).toMatchObject(problem("invalid"));
  });

  it("does not hold over a payload that was changed (T14)", async () => {
    const annotations = annotationsOf(await sign(payloadFor(other.digest)));
    expect(await look(payload, annotations, cosign)).toMatchObject({ verified: [] });
  });

  it("cannot be checked without a trusted root, and says so", async () => {
    const annotations = annotationsOf(await sign(payload));
    const found = await look(payload, annotations, cosign, { ...trust, root: undefined });
    expect(found).toMatchObject({ problems: [{ message: expect.stringContaining("signatures.trustedRoot") }] });
  });
});

it("a certificate in cosign's older layout is its identity's only", async () => {
  const payload = payloadFor(artifact.digest);
  const annotations = annotationsOf(await sigstore.signBytes(payload, pipeline));
  const evil = { ...pipeline, identity: `${pipeline.identity}-evil` };
  for (const cosign of [evil, { publicKey: key.pem }])
    expect(await look(payload, annotations, cosign)).toMatchObject({ problems: [{ kind: "other-signer" }] });
  expect(await look(payload, { ...annotations, [certificateKey]: "x" }, { ...pipeline })).toMatchObject({
    problems: [{ kind: "invalid" }],
  });
});
