import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Witness } from "../../../../policies/artifact.ts";
import { compileSigner } from "../../../../policies/language/signer.ts";
import type { Signer } from "../../../../policies/signer.ts";
import { noTrust, parseTrustedRoot, type Trust } from "../../../../evidence/signature/trust.ts";
import { verifySignature } from "../../../../evidence/signature/verify.ts";
import type { Json } from "../../../support/artifacts.ts";
import { digest } from "../../../support/builders/evidence.ts";
import { registrationOf } from "../../../support/registrations.ts";
import { startSigstore, type TestSigstore } from "../../../support/sigstore.ts";
import { bundleOf, makeTestKey, statementAbout } from "../../../support/signatures.ts";

/** After the times of any log in these tests. */
const stampedAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 600_000);
const [ours, stranger] = [makeTestKey(), makeTestKey()];
const evals = { issuer: "https://issuer.example", identity: "evals@example.com" };

let sigstore: TestSigstore;
let others: TestSigstore;
let ahead: TestSigstore;
beforeAll(async () => {
  sigstore = await startSigstore({ stampedAt });
  others = await startSigstore({ stampedAt });
  ahead = await startSigstore();
});
afterAll(async () => {
  for (const one of [sigstore, others, ahead]) await one?.[Symbol.asyncDispose]();
});

const trustIn = ({ trustedRoot }: TestSigstore): Trust => ({ ...noTrust, root: parseTrustedRoot(trustedRoot) });
const signerOf = (fields: Json): Signer => {
  const signer = compileSigner({ cosign: { transparencyLog: "NotRequired", ...fields } });
  if (typeof signer === "string") throw new Error(signer);
  return signer;
};
const byKey = signerOf({ publicKey: ours.pem });

/** What is known of when the registration in a bundle was signed; why it is not the signer's, where it is not. */
function witnessOf(
  bundle: Json,
  trust = trustIn(sigstore),
  by = byKey,
  kind: "registration" | "attestation" = "registration",
) {
  const bytes = Buffer.from(JSON.stringify(bundle));
  const verdict = verifySignature(
    { kind, bytes },
    { digest: digest(1), manifest: new Uint8Array() },
    by,
    trust,
    new Date(),
  );
  if (verdict instanceof Promise) throw new Error("a statement is verified at once");
  return "identity" in verdict ? verdict.witness : verdict.code;
}
const known = (at: string): Witness => ({ kind: "known", at });
const unknown = (words: string): unknown => ({ kind: "unknown", message: expect.stringContaining(words) });

describe("when a registration was signed", () => {
  it("a timestamp authority vouches for it", async () => {
    const bundle = await sigstore.signStatementByKey(registrationOf(), ours);
    expect(witnessOf(bundle)).toEqual(known(stampedAt.toISOString()));
  });

  it("a log vouches for it, and of two times the later one counts", async () => {
    const startSeconds = Math.floor(Date.now() / 1000);
    const logged = witnessOf(await sigstore.signStatementByKey(registrationOf(), ours, ["log"]));
    if (typeof logged !== "object" || logged.kind !== "known") throw new Error("no time");
    expect(Date.parse(logged.at) / 1000).toBeGreaterThanOrEqual(startSeconds);
    expect(Date.parse(logged.at)).toBeLessThanOrEqual(Date.now());
    const both = await sigstore.signStatementByKey(registrationOf(), ours, ["log", "timestamp"]);
    expect(witnessOf(both)).toEqual(known(stampedAt.toISOString()));
  });

  it("is known of one who signed with a certificate, too", async () => {
    const bundle = await ahead.signStatement(registrationOf(), evals);
    expect(witnessOf(bundle, trustIn(ahead), signerOf(evals))).toMatchObject({ kind: "known" });
  });

  it("is not looked for in other statements", async () => {
    const bundle = await sigstore.signStatementByKey(statementAbout(digest(1)), ours);
    expect(witnessOf(bundle, trustIn(sigstore), byKey, "attestation")).toBeUndefined();
  });

  it.each<[string, unknown, () => Promise<Json>, (() => Trust)?]>([
    ["it carries no time at all", unknown("no timestamp"), async () => bundleOf(ours, registrationOf())],
    [
      "nobody is trusted",
      unknown("no trusted root"),
      () => sigstore.signStatementByKey(registrationOf(), ours),
      () => noTrust,
    ],
    ["another authority said so", unknown("timestamp"), () => others.signStatementByKey(registrationOf(), ours)],
    [
      "another log said so",
      unknown("inclusion promise"),
      () => others.signStatementByKey(registrationOf(), ours, ["log"]),
    ],
    [
      "the timestamp is that of another signature",
      unknown("timestamp"),
      async () => {
        const other = await sigstore.signStatementByKey(registrationOf({ threshold: 0.5 }), ours);
        const material = { ...(other["verificationMaterial"] as Json), publicKey: { hint: ours.hint } };
        return bundleOf(ours, registrationOf(), { verificationMaterial: material });
      },
    ],
    [
      "the log's time was changed",
      unknown(""),
      () => withEntry((entry) => ({ ...entry, integratedTime: String(Number(entry["integratedTime"]) - 1_000_000) })),
    ],
    [
      "the log proves that it has it, and promises no time",
      unknown("promises a time"),
      () => withEntry((entry) => ({ ...entry, inclusionPromise: undefined })),
    ],
    ["the log gives no time", unknown(""), () => withEntry((entry) => ({ ...entry, integratedTime: "0" }))],
    [
      "the timestamp cannot be read",
      unknown(""),
      () => withStamps(() => [{ signedTimestamp: Buffer.from("yesterday").toString("base64") }]),
    ],
    ["the timestamp is there twice", unknown("duplicate"), () => withStamps((stamps) => [...stamps, ...stamps])],
    [
      "one of two timestamps does not hold",
      unknown("timestamp"),
      async () => {
        const other = await others.signStatementByKey(registrationOf(), ours);
        const { timestampVerificationData: data } = other["verificationMaterial"] as {
          timestampVerificationData: Stamps;
        };
        return withStamps((stamps) => [...stamps, ...data.rfc3161Timestamps]);
      },
    ],
  ])("is not known where %s", async (_, expected, make, trust = () => trustIn(sigstore)) => {
    expect(witnessOf(await make(), trust())).toEqual(expected);
  });

  it.each<[string, string, () => Promise<Json>]>([
    ["a stranger signed", "KEY_MISMATCH", () => sigstore.signStatementByKey(registrationOf(), stranger)],
    [
      "it carries more timestamps than anybody makes",
      "BUNDLE_MALFORMED",
      () => withStamps(([one]) => Array.from({ length: 9 }, () => one ?? {})),
    ],
    [
      "it carries more log entries than anybody makes",
      "BUNDLE_MALFORMED",
      async () => {
        const bundle = await sigstore.signStatementByKey(registrationOf(), ours, ["log"]);
        const material = bundle["verificationMaterial"] as { tlogEntries: Json[] };
        const tlogEntries = Array.from({ length: 9 }, () => material.tlogEntries[0]);
        return { ...bundle, verificationMaterial: { ...material, tlogEntries } };
      },
    ],
  ])("is not asked where %s", async (_, code, make) => {
    expect(witnessOf(await make())).toBe(code);
  });
});

interface Stamps {
  readonly rfc3161Timestamps: readonly Json[];
}

async function withEntry(change: (entry: Json) => Json): Promise<Json> {
  const bundle = await sigstore.signStatementByKey(registrationOf(), ours, ["log"]);
  const material = bundle["verificationMaterial"] as { tlogEntries: Json[] };
  return { ...bundle, verificationMaterial: { ...material, tlogEntries: material.tlogEntries.map(change) } };
}

async function withStamps(change: (stamps: readonly Json[]) => readonly Json[]): Promise<Json> {
  const bundle = await sigstore.signStatementByKey(registrationOf(), ours);
  const material = bundle["verificationMaterial"] as { timestampVerificationData: Stamps };
  const rfc3161Timestamps = change(material.timestampVerificationData.rfc3161Timestamps);
  return { ...bundle, verificationMaterial: { ...material, timestampVerificationData: { rfc3161Timestamps } } };
}
