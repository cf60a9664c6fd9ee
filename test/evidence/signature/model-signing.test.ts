import { describe, expect, it } from "@jest/globals";
import type { RejectionCode } from "../../../evidence/signature/rejection.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import { verifySignature } from "../../../evidence/signature/verify.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import type { BuiltArtifact, Json } from "../../support/artifacts.ts";
import { bundleOf, envelopeOf, makeTestKey, signWith, statementAbout, type TestKey } from "../../support/signatures.ts";
import { modelArtifact, modelFiles, modelStatement, statementOf } from "../../support/signed-models.ts";

const ours = makeTestKey();
const raw = modelArtifact();
const hash = "a".repeat(64);

async function judge(
  bundle: Json | Buffer,
  { digest, manifest }: Pick<BuiltArtifact, "digest" | "manifest"> = raw,
): Promise<[RejectionCode | "verified", string]> {
  const bytes = Buffer.isBuffer(bundle) ? bundle : Buffer.from(JSON.stringify(bundle));
  const signer = compileSigner({ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } });
  if (typeof signer === "string") throw new Error(signer);
  const verdict = await verifySignature({ kind: "model", bytes }, { digest, manifest }, signer, noTrust, new Date());
  return "identity" in verdict ? ["verified", ""] : [verdict.code, verdict.message];
}
const signed = (statement: Json, key: TestKey = ours): Json => bundleOf(key, statement);
const without = (name: string): typeof modelFiles =>
  Object.fromEntries(Object.entries(modelFiles).filter(([one]) => one !== name));
const ignoring = (...paths: string[]): Json => signed(modelStatement(modelFiles, { ignore_paths: paths }));
const typed = (mediaType: string): BuiltArtifact => modelArtifact(modelFiles, { mediaType });
const named = (annotations: Json): BuiltArtifact => modelArtifact({ "config.json": "{}" }, { annotations });
const config = signed(modelStatement({ "config.json": "{}" }));

describe("a model is signed where its layers are the signed files, by name and digest", () => {
  it.each<[string, Json, BuiltArtifact?]>([
    ["as model_signing lists them", signed(modelStatement())],
    ["in another order", signed(modelStatement(Object.fromEntries(Object.entries(modelFiles).toReversed())))],
    ["with paths that are ignored, and are not in the model", ignoring("model.sig", ".git", "tokenizer.json", "token")],
    ["with no paths that are ignored", signed(modelStatement(modelFiles, { ignore_paths: undefined }))],
    ["with fields of a later version", signed(modelStatement(modelFiles, { later: 1 }, { later: 2 }))],
    ["named as the CNCF's format does", config, named({ "org.cncf.model.filepath": "config.json" })],
    [
      "named in both ways alike",
      config,
      named({ "org.cncf.model.filepath": "config.json", "org.opencontainers.image.title": "config.json" }),
    ],
    ["typed as raw weights", signed(modelStatement()), typed("application/vnd.cncf.model.weight.v1.raw")],
  ])("%s", async (_, bundle, ...[model]) => {
    expect(await judge(bundle, model)).toEqual(["verified", ""]);
  });
});

describe("a model is not signed", () => {
  it.each<[string, RejectionCode, string, Json | Buffer, BuiltArtifact?]>([
    ["by another", "KEY_MISMATCH", "another key", signed(modelStatement(), makeTestKey())],
    [
      "with one more layer",
      "FILES_MISMATCH",
      "vocab is not among",
      signed(modelStatement()),
      modelArtifact({ ...modelFiles, vocab: "v" }),
    ],
    [
      "with one fewer",
      "FILES_MISMATCH",
      "not in the model",
      signed(modelStatement()),
      modelArtifact(without("config.json")),
    ],
    [
      "with another file under a name",
      "FILES_MISMATCH",
      "another file",
      signed(modelStatement()),
      modelArtifact({ ...modelFiles, "config.json": "{ }" }),
    ],
    [
      "with the same files under other names",
      "FILES_MISMATCH",
      "config.yaml",
      signed(modelStatement()),
      modelArtifact({ ...without("config.json"), "config.yaml": "{}" }),
    ],
    [
      "with names exchanged",
      "FILES_MISMATCH",
      "another file",
      signed(modelStatement()),
      modelArtifact({ ...modelFiles, "config.json": "w1", "weights.safetensors": "{}" }),
    ],
    [
      "with a name in another case",
      "FILES_MISMATCH",
      "Config.json",
      signed(modelStatement()),
      modelArtifact({ ...without("config.json"), "Config.json": "{}" }),
    ],
    ["where a layer lies on an ignored path", "FILES_MISMATCH", "config.json", ignoring("config.json")],
    ["where a layer lies under an ignored path", "FILES_MISMATCH", "tokenizer", ignoring("tokenizer/")],
    ["where everything is ignored", "FILES_MISMATCH", "nothing is signed", ignoring(".")],
    ["where an ignored path leads elsewhere", "FILES_MISMATCH", "nothing is signed", ignoring("tokenizer/../..")],
    ["where an ignored path is absolute", "FILES_MISMATCH", "nothing is signed", ignoring("/models/sable")],
    [
      "for a layer that the ignored paths leave unsigned",
      "FILES_MISMATCH",
      ".gitattributes",
      signed(modelStatement()),
      modelArtifact({ ...modelFiles, ".gitattributes": "*" }),
    ],
    ["by other hashes", "FILES_INCOMPARABLE", "blake2b", signed(modelStatement(modelFiles, { hash_type: "blake2b" }))],
    [
      "by another hash of one file",
      "FILES_INCOMPARABLE",
      "blake3",
      signed(statementOf([{ name: "config.json", algorithm: "blake3", digest: hash } as { digest: string }])),
    ],
    [
      "in shards",
      "FILES_INCOMPARABLE",
      "shards",
      signed(modelStatement(modelFiles, { method: "shards", shard_size: 1 })),
    ],
    [
      "where layers are archives",
      "FILES_INCOMPARABLE",
      "archive",
      signed(modelStatement()),
      typed("application/vnd.oci.image.layer.v1.tar"),
    ],
    [
      "where layers are packed",
      "FILES_INCOMPARABLE",
      "archive",
      signed(modelStatement()),
      typed("application/vnd.oci.image.layer.v1.tar+gzip"),
    ],
    [
      "where layers are Docker's",
      "FILES_INCOMPARABLE",
      "archive",
      signed(modelStatement()),
      typed("application/vnd.docker.image.rootfs.diff.tar.gzip"),
    ],
    [
      "where layers are the CNCF's archives",
      "FILES_INCOMPARABLE",
      "archive",
      signed(modelStatement()),
      typed("application/vnd.cncf.model.weight.v1.tar"),
    ],
    [
      "where layers are ModelKit's",
      "FILES_INCOMPARABLE",
      "archive",
      signed(modelStatement()),
      typed("application/vnd.kitops.modelkit.model.v1.tar+zstd"),
    ],
    [
      "where oras would unpack a layer",
      "FILES_INCOMPARABLE",
      "archive",
      config,
      named({ "org.opencontainers.image.title": "config.json", "io.deis.oras.content.unpack": "true" }),
    ],
    ["where a layer has no name", "FILES_INCOMPARABLE", "does not name", config, named({})],
    [
      "where a layer has an empty name",
      "FILES_INCOMPARABLE",
      "does not name",
      config,
      named({ "org.opencontainers.image.title": "" }),
    ],
    [
      "where a layer has two names",
      "FILES_INCOMPARABLE",
      "both",
      config,
      named({ "org.cncf.model.filepath": "config.json", "org.opencontainers.image.title": "x" }),
    ],
    [
      "where two layers have one name",
      "FILES_INCOMPARABLE",
      "two layers",
      config,
      modelArtifact(
        { "config.json": "{}", b: "" },
        { annotations: { "org.opencontainers.image.title": "config.json" } },
      ),
    ],
    [
      "where its manifest is an index",
      "FILES_INCOMPARABLE",
      "index",
      config,
      {
        ...raw,
        manifest: Buffer.from(
          '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
        ),
      },
    ],
    [
      "where its manifest could not be had",
      "FILES_INCOMPARABLE",
      "could not be read",
      config,
      { ...raw, manifest: Buffer.alloc(0) },
    ],
    ["by a signature of its manifest", "PREDICATE_TYPE_UNKNOWN", "cosign/sign", signed(statementAbout(raw.digest))],
    [
      "by an older statement",
      "PREDICATE_TYPE_UNKNOWN",
      "Digests",
      signed(modelStatement(modelFiles, {}, { predicateType: "https://model_signing/Digests/v0.1" })),
    ],
    ["by a message", "STATEMENT_MISSING", "not a statement", messageBundle()],
    ["by an envelope that stands alone", "BUNDLE_MALFORMED", "bundle", envelopeOf([ours], modelStatement())],
    [
      "where the digest over the list is another's",
      "STATEMENT_MALFORMED",
      "subject",
      signed(modelStatement(modelFiles, {}, { subject: [{ digest: { sha256: hash } }] })),
    ],
    [
      "where there are two subjects",
      "STATEMENT_MALFORMED",
      "subject",
      signed(modelStatement(modelFiles, {}, { subject: [{ digest: { sha256: hash } }, { digest: { sha256: hash } }] })),
    ],
    ["where nothing is listed", "STATEMENT_MALFORMED", "resources", signed(statementOf([]))],
    [
      "where a file is listed twice",
      "STATEMENT_MALFORMED",
      "twice",
      signed(statementOf([resource("a"), resource("a")])),
    ],
    [
      "where a digest is in capitals",
      "STATEMENT_MALFORMED",
      "sha256",
      signed(statementOf([{ ...resource("a"), digest: "A".repeat(64) }])),
    ],
    ["where a name is missing", "STATEMENT_MALFORMED", "name", signed(statementOf([{ digest: hash }]))],
    ["by a statement that breaks off", "STATEMENT_MALFORMED", "", bundleOf(ours, Buffer.from('{"_type":'))],
  ])("%s: %s", async (_, code, words, bundle, ...[model]) => {
    const [found, message] = await judge(bundle, model);
    expect(found).toBe(code);
    expect(message).toContain(words);
  });
});

function resource(name: string): { readonly name: string; readonly algorithm: string; readonly digest: string } {
  return { name, algorithm: "sha256", digest: hash };
}

function messageBundle(): Json {
  const digest = Buffer.alloc(32).toString("base64");
  const signature = signWith(ours, raw.manifest).toString("base64");
  const messageSignature = { messageDigest: { algorithm: "SHA2_256", digest }, signature };
  return { ...bundleOf(ours, {}), dsseEnvelope: undefined, messageSignature };
}
