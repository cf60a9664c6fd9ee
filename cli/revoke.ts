import type { Revocation } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
import { formatSeconds } from "../publish/push/image.ts";
import { makeRevocation, readAttachedRevocation } from "../publish/revoke/revocation.ts";
import { listReferrers } from "../registry/referrers.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { parseOptions } from "./options.ts";
import { accessOptions } from "./registry-access.ts";
import { openRepository } from "./sign/open-repository.ts";
import { keyless, keylessOptions } from "./sign/options.ts";
import type { SignatureReport } from "./sign/report.ts";
import { readSigning, signWith } from "./sign/signing.ts";
import { reportTrouble } from "./sign/trouble.ts";
import { locateTarget } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  reason: { type: "string", value: "TEXT", help: "why it counts for nothing: everybody who names it is told" },
  sign: {
    type: "string",
    value: "KEY",
    help: "signs with this private key, which COSIGN_PASSWORD opens, or keyless; default keyless",
  },
  ...keylessOptions,
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 5m" },
  output: outputOption,
} as const;

/** In the message of a denial there is room for little more. */
const maxReasonLength = 512;

/** Says of evidence, for good, that it turned out wrong. */
export const revoke: Command = {
  name: "revoke",
  summary: "Revokes evidence that turned out wrong, with a signed statement",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag: an evaluation, a
statement, or results that a card names. An in-toto Statement of the type https://assaygate.dev/revocation/v1 is signed,
attached to it, and read back. It counts under policies that name its signer among evidence.revokers. A signer who has
revoked this digest already does not revoke it again. Only removing what is attached takes a revocation back: run the
evaluation again, and publish that. Exits with 1 when REF is not there, with 3 when the registry gives no answer.

Example:
  assaygate revoke quay.io/acme/evals@sha256:12ab… --reason 'the test set was in the training data' --sign revoker.key`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("revoke takes one REF");
    const reason = checkReason(values.reason);
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "5m"));
    try {
      const { repository, digest, layout } = await locateTarget(text, io, signal);
      await using at = openRepository({ repository, layout }, values, io);
      const signing = readSigning(values.sign ?? keyless, values, at.config, io);
      const now = io.now();
      const before = await listReferrers(at.source, repository, digest, signal);
      const statement = makeRevocation(digest, reason, formatSeconds(now));
      const signature = await signWith(signing, at, repository, digest, now, signal, statement);
      const found = await readAttachedRevocation(at.source, repository, digest, signature.digest, signal);
      const isNew = before.listed.every((one) => one.digest !== signature.digest);
      printAs(format, io, { reference: text, ...toReport(signature, found), added: isNew }, () =>
        toLines(digest, signature, found, isNew),
      );
      return exit.ok;
    } catch (error) {
      return reportTrouble(error, `${text}: `, io);
    }
  },
};

function checkReason(reason: string | undefined): string {
  if (reason === undefined || reason.trim() === "")
    throw new UsageError("revoke needs --reason TEXT: whoever named the evidence must be told why it no longer counts");
  if (reason.length > maxReasonLength)
    throw new UsageError(`--reason has ${reason.length} characters, at most ${maxReasonLength} fit into a message`);
  return reason;
}

function toReport({ digest, ...by }: SignatureReport, { reason, revokedAt }: Revocation): object {
  return { revocation: digest, ...by, reason, revokedAt };
}

function toLines(
  subject: Digest,
  { digest, identity, issuer }: SignatureReport,
  { reason, revokedAt }: Revocation,
  isNew: boolean,
): string[] {
  return [
    `revoked:    ${subject}${isNew ? "" : ", by the same signer before: nothing was added"}`,
    `revocation: ${digest}`,
    `reason:     ${show(reason)}`,
    `time:       ${show(revokedAt)}`,
    ...(identity === undefined ? [] : [`signed by:  ${identity}`, `issuer:     ${issuer ?? ""}`]),
  ];
}
