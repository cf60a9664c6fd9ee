import { RegistryError } from "../registry/errors.ts";
import { compareWith, type Difference } from "../registry/compare-bytes.ts";
import { EvidenceError, explainUnusable } from "../evidence/errors.ts";
import type { Descriptor } from "../registry/manifest.ts";
import { readArtifact } from "../evidence/read-artifact.ts";
import { createSignatureCache } from "../evidence/signature/signature-cache.ts";
import type { Source } from "../registry/source.ts";
import { isEnough, requireSigners } from "../policies/signers/evaluate-signatures.ts";
import { countSigners } from "../policies/signers/count-signers.ts";
import { shortenDigest } from "../policies/digest.ts";
import type { RequiredSigners } from "../policies/policy.ts";
import { watchTrust } from "../config/trust-files.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createPainter, type Paint } from "./paint.ts";
import { accessOptions, openTarget, type Reading } from "./registry-access.ts";
import { locateTarget, type Target } from "./target.ts";
import { parseDuration } from "./values.ts";
import type { Finding } from "./verify/finding.ts";
import { listUnverifiedRevocations, verifyNotRevoked } from "./verify/revocations.ts";
import { readRequired, readRevokers, readSigners } from "./verify/signers.ts";

const options = {
  key: { type: "string", multiple: true, value: "FILE", help: "a public key, PEM, whose signature is asked for" },
  "certificate-oidc-issuer": { type: "string", value: "URL", help: "who vouched for the identity; compared exactly" },
  "certificate-identity": {
    type: "string",
    value: "IDENTITY",
    help: "who signed with a certificate; needs a trusted root",
  },
  "trust-store": {
    type: "string",
    value: "NAME",
    help: "a Notary Project trust store that --config leads to",
  },
  "trusted-identity": {
    type: "string",
    multiple: true,
    value: "SUBJECT",
    help: "x509.subject: and a subject in the trust store",
  },
  threshold: { type: "string", value: "N", help: "how many of the signers must have signed; default all" },
  "require-log": {
    type: "boolean",
    help: "asks for an entry in a transparency log; needs --config with a trusted root",
  },
  revoker: { type: "string", multiple: true, value: "FILE", help: "a public key, PEM, of somebody who may revoke it" },
  "revoker-oidc-issuer": { type: "string", value: "URL", help: "who vouched for that identity; compared exactly" },
  "revoker-identity": {
    type: "string",
    value: "IDENTITY",
    help: "who may revoke it with a certificate; needs a trusted root",
  },
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 5m" },
  output: outputOption,
} as const;

/** Verifies every byte that an artifact leads to, and its signatures. */
export const verify: Command = {
  name: "verify",
  summary: "Verifies every byte of an artifact, and its signatures",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag. Manifest, config and
layers are read to their end, whatever their size, and compared with their digests. With --key, or a certificate's issuer
and identity, or a trust store and a subject in it, the artifact must be signed, too, over exactly this digest. With --revoker,
or a revoker's issuer and identity, none of them may have revoked it; without, attached revocations are shown, but not
verified. Exits with 1 when something does not hold, with 3 when the registry gives no answer.

Example:
  assaygate verify quay.io/acme/evals@sha256:12ab… --key cosign.pub`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("verify takes one REF");
    const required = readRequired(readSigners(values, io), values.threshold, values["require-log"] ?? false);
    const revokers = readRevokers(values, io);
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "5m"));
    try {
      const target = await locateTarget(text, io, signal);
      await using reading = openTarget(target, values, io);
      const findings = await verifyBytes(reading.source, target, signal);
      if (required !== undefined) findings.push(await verifySigned(reading, target, required, io, signal));
      findings.push(
        ...(revokers === undefined
          ? await listUnverifiedRevocations(reading.source, target, signal)
          : [await verifyNotRevoked(reading, target, revokers, io, signal)]),
      );
      const paint = createPainter(io);
      printAs(format, io, { reference: text, findings }, () =>
        findings.map((finding) => `${toMark(finding, paint)} ${finding.what}: ${finding.said}`),
      );
      return findings.every(({ ok }) => ok) ? exit.ok : exit.rejected;
    } catch (error) {
      const missing = explainUnusable(error);
      if (missing === undefined) throw error;
      print(io.err, `assaygate: ${text}: ${missing.message}`);
      return missing.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
    }
  },
};

function toMark({ ok, verified }: Finding, paint: Paint): string {
  if (!ok) return paint("red", "✖");
  return verified === false ? paint("yellow", "!") : paint("green", "✔");
}

async function verifySigned(
  { source, config }: Reading,
  target: Target,
  required: RequiredSigners,
  { now }: Pick<Io, "now">,
  signal: AbortSignal,
): Promise<Finding> {
  const trust = watchTrust(config.signatures);
  try {
    return await verifySigners(createSignatureCache(source, trust.current, { now }), target, required, signal);
  } finally {
    trust.stop();
  }
}

async function verifyBytes(source: Source, { repository, digest }: Target, signal: AbortSignal): Promise<Finding[]> {
  const { manifest } = await readArtifact(source, repository, digest, signal);
  const findings: Finding[] = [
    { what: `manifest ${shortenDigest(digest)}`, ok: true, said: "the bytes are those of the digest" },
  ];
  for (const blob of [manifest.config, ...manifest.layers]) {
    const what = `${blob === manifest.config ? "config" : "layer"} ${shortenDigest(blob.digest)}`;
    findings.push({ what, ...(await verifyBlob(source, repository, blob, signal)) });
  }
  return findings;
}

/** Read as a stream: a layer may be larger than memory. */
async function verifyBlob(
  source: Source,
  repository: string,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Omit<Finding, "what">> {
  const { digest, size } = descriptor;
  let body;
  try {
    body = await source.blob(repository, digest, signal);
  } catch (error) {
    if (error instanceof RegistryError && error.failure.kind === "absent")
      return { ok: false, said: error.failure.message };
    throw error;
  }
  const comparison = compareWith(descriptor);
  for await (const chunk of body.chunks) {
    if (comparison.add(chunk)) continue;
    body.cancel();
    break;
  }
  const difference = comparison.end();
  return difference === undefined
    ? { ok: true, said: `${size} bytes, those of the digest` }
    : { ok: false, said: sayDifference(difference, size) };
}

function sayDifference(difference: Difference, size: number): string {
  switch (difference.kind) {
    case "longer":
      return `more than the ${size} bytes that the manifest states`;
    case "shorter":
      return `${difference.bytes} bytes, but the manifest states ${size}`;
    case "other":
      return `the bytes hash to ${shortenDigest(difference.digest)}`;
  }
}

async function verifySigners(
  store: ReturnType<typeof createSignatureCache>,
  { repository, digest }: Target,
  required: RequiredSigners,
  signal: AbortSignal,
): Promise<Finding> {
  const what = "signatures";
  const found = await store.lookUp(repository, digest, [required], signal);
  if (found.kind === "unavailable") throw new EvidenceError(found);
  if (found.kind === "not-looked-for") throw new Error("signatures were not looked for");
  const by = requireSigners(required, found.verified);
  if (isEnough(required, found.verified)) return { what, ok: true, said: `signed by ${by.join(", ")}` };
  if (found.unseen?.kind === "unavailable") throw new EvidenceError(found.unseen);
  if (found.unseen !== undefined) return { what, ok: false, said: found.unseen.message };
  if (found.seen === 0) return { what, ok: false, said: "none is attached" };
  const problems = [...new Set(found.problems.map(({ message }) => message))];
  return {
    what,
    ok: false,
    said: `${countSigners(required.any, found.verified)} of ${required.threshold} signers: ${problems.join("; ")}`,
  };
}
