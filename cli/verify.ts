import { resolve } from "node:path";
import { readTextFile } from "../runtime/read-text-file.ts";
import { RegistryError } from "../registry/errors.ts";
import { compareWith, type Difference } from "../registry/compare-bytes.ts";
import { EvidenceError, explainUnusable } from "../evidence/errors.ts";
import type { Descriptor } from "../registry/manifest.ts";
import { readArtifact } from "../evidence/read-artifact.ts";
import { createSignatureCache } from "../evidence/signature/signature-cache.ts";
import type { Source } from "../registry/source.ts";
import type { Signer } from "../policies/signer.ts";
import { isEnough, requireSigners } from "../policies/signers/evaluate-signatures.ts";
import { countSigners } from "../policies/signers/count-signers.ts";
import { shortenDigest } from "../policies/digest.ts";
import type { RequiredSigners } from "../policies/policy.ts";
import { compileSigner } from "../policies/language/signer.ts";
import { watchTrust } from "../config/trust-files.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createPainter } from "./paint.ts";
import { accessOptions, openTarget, type Reading } from "./registry-access.ts";
import { locateTarget, type Target } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  key: { type: "string", multiple: true, value: "FILE", help: "a public key, PEM, whose signature is asked for" },
  "certificate-oidc-issuer": { type: "string", value: "URL", help: "who vouched for the identity, to the letter" },
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
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "the longest that it may take; default 5m" },
  output: outputOption,
} as const;

/** One thing that was verified, or not. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
}

/** Verifies every byte that an artifact leads to, and its signatures. */
export const verify: Command = {
  name: "verify",
  summary: "Verifies every byte of an artifact, and its signatures",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag. Manifest, config and
layers are read to their end, whatever their size, and compared with their digests. With --key, or a certificate's issuer
and identity, or a trust store and a subject in it, the artifact must be signed, too, over exactly this digest. Exits with 1
when something does not hold, with 3 when the registry gives no answer.

Example:
  assaygate verify quay.io/acme/evals@sha256:12ab… --key cosign.pub`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("verify takes one REF");
    const required = requiredOf(signersIn(values, io), values.threshold, values["require-log"] ?? false);
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "5m"));
    try {
      const target = await locateTarget(text, io, signal);
      await using reading = openTarget(target, values, io);
      const findings = await verifyBytes(reading.source, target, signal);
      if (required !== undefined) findings.push(await verifySigned(reading, target, required, io, signal));
      const paint = createPainter(io);
      printAs(format, io, { reference: text, findings }, () =>
        findings.map(({ what, ok, said }) => `${ok ? paint("green", "✔") : paint("red", "✖")} ${what}: ${said}`),
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

interface SignerOptions {
  readonly key?: readonly string[] | undefined;
  readonly "require-log"?: boolean | undefined;
  readonly "certificate-oidc-issuer"?: string | undefined;
  readonly "certificate-identity"?: string | undefined;
  readonly "trust-store"?: string | undefined;
  readonly "trusted-identity"?: readonly string[] | undefined;
}

function signersIn(asked: SignerOptions, io: Pick<Io, "cwd">): Signer[] {
  const signers = (asked.key ?? []).map((file) => signerOf(file, asked["require-log"] ?? false, io));
  const { "certificate-oidc-issuer": issuer, "certificate-identity": identity } = asked;
  if ((issuer === undefined) !== (identity === undefined))
    throw new UsageError("--certificate-oidc-issuer and --certificate-identity go together");
  if (issuer !== undefined && identity !== undefined) signers.push(compiled({ cosign: { issuer, identity } }));
  const { "trust-store": trustStore, "trusted-identity": identities = [] } = asked;
  if ((trustStore === undefined) !== (identities.length === 0))
    throw new UsageError("--trust-store and --trusted-identity go together");
  if (trustStore !== undefined) signers.push(compiled({ notation: { trustStore, identities: [...identities] } }));
  return signers;
}

function compiled(document: Parameters<typeof compileSigner>[0]): Signer {
  const signer = compileSigner(document);
  if (typeof signer === "string") throw new UsageError(signer);
  return signer;
}

function requiredOf(
  [first, ...rest]: readonly Signer[],
  threshold: string | undefined,
  logged: boolean,
): RequiredSigners | undefined {
  if (first === undefined) {
    if (threshold !== undefined || logged) throw new UsageError("--threshold and --require-log need a signer");
    return undefined;
  }
  const all = rest.length + 1;
  const count = threshold === undefined ? all : Number(threshold);
  if (!Number.isInteger(count) || count < 1 || count > all)
    throw new UsageError(`--threshold ${threshold ?? ""}: expected a number from 1 to ${all}`);
  return { any: [first, ...rest], threshold: count };
}

function signerOf(file: string, logged: boolean, { cwd }: Pick<Io, "cwd">): Signer {
  const publicKey = readTextFile(resolve(cwd, file), (message, cause) => new CliError(message, { cause }), file);
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: logged ? "Required" : "NotRequired" } });
  if (typeof signer === "string") throw new CliError(`${file}: ${signer}`);
  return { ...signer, text: file };
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
      return `${difference.bytes} bytes, the manifest states ${size}`;
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
