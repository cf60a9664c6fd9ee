import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { parseOptions } from "./options.ts";
import { accessOptions } from "./registry-access.ts";
import { openRepository } from "./sign/open-repository.ts";
import { keyless, keylessOptions } from "./sign/options.ts";
import { toSignatureLines } from "./sign/report.ts";
import { readSigning, signWith } from "./sign/signing.ts";
import { reportTrouble } from "./sign/trouble.ts";
import { locateTarget } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  key: {
    type: "string",
    value: "FILE",
    help: "signs with this private key; COSIGN_PASSWORD opens it. Default: without a key",
  },
  ...keylessOptions,
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 5m" },
  output: outputOption,
} as const;

/** Signs an artifact that is in a registry already. */
export const sign: Command = {
  name: "sign",
  summary: "Signs an artifact, with a key or with an identity token",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag. Without --key, a
certificate authority certifies whoever the OIDC token names: from --identity-token, SIGSTORE_ID_TOKEN (GitLab's id_tokens),
GitHub Actions, or a token that Kubernetes projects to /var/run/sigstore/cosign/oidc-token. The signature is verified before
it is attached, and read back afterwards. A signer who has signed this digest already does not sign it again. A public log
shows the identity to everybody. Exits with 1 when a service refuses, with 3 when one gives no answer: then nothing was attached.

Example:
  assaygate sign quay.io/acme/evals@sha256:12ab… --signing-config signing_config.json --trusted-root trusted_root.json`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("sign takes one REF");
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "5m"));
    try {
      const target = await locateTarget(text, io, signal);
      await using at = openRepository(target, values, io);
      const signing = readSigning(values.key ?? keyless, values, at.config, io);
      const signature = await signWith(signing, at, target.repository, target.digest, io.now(), signal);
      printAs(format, io, { reference: text, ...signature }, () => toSignatureLines(signature));
      return exit.ok;
    } catch (error) {
      return reportTrouble(error, `${text}: `, io);
    }
  },
};
