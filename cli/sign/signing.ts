import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";
import type { Config } from "../../config/config.ts";
import { parseTrustedRoot } from "../../evidence/signature/trust.ts";
import type { Digest } from "../../policies/digest.ts";
import type { ReadWrite } from "../../publish/push/attach-bundle.ts";
import { readPrivateKey } from "../../publish/push/private-key.ts";
import { signStatement } from "../../publish/push/sign.ts";
import { makeSignStatement, type UnsignedStatement } from "../../publish/push/statement.ts";
import { findTokenProvider } from "../../publish/sign/find-token.ts";
import { readIdentityToken } from "../../publish/sign/identity-token.ts";
import { parseSigningConfig } from "../../publish/sign/services.ts";
import { signKeyless, type KeylessSigning } from "../../publish/sign/sign-keyless.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { readBoundedText, sayUnreadable } from "../../runtime/read-text-file.ts";
import { readText } from "../certs/folder.ts";
import { CliError, UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { readSubject } from "../push/subject.ts";
import { keyless } from "./options.ts";
import type { SignatureReport } from "./report.ts";

/** What signs: a key, or a certificate for whoever a token says. */
export type SigningMethod =
  { readonly kind: "key"; readonly key: KeyObject } | { readonly kind: "keyless"; readonly keyless: KeylessSigning };

interface Given {
  readonly "signing-config"?: string | undefined;
  readonly "trusted-root"?: string | undefined;
  readonly "identity-token"?: string | undefined;
}

/**
 * Everything that can be wrong about signing before the first request; `how` is the file of a key, or `keyless`. Throws CliError.
 */
export function readSigning(
  how: string,
  given: Given,
  { signatures }: Pick<Config, "signatures">,
  io: Io,
): SigningMethod {
  if (how !== keyless) return { kind: "key", key: readKey(resolve(io.cwd, how), io) };
  const { "signing-config": configFile, "trusted-root": rootFile = signatures.trustedRoot } = given;
  if (configFile === undefined || rootFile === undefined)
    throw new UsageError(
      "signing without a key needs --signing-config and --trusted-root: assaygate trusted-root --signing-config signing_config.json fetches both",
    );
  const services = readFile(configFile, io, (text) => parseSigningConfig(text, io.now()));
  const root = readFile(rootFile, io, parseTrustedRoot);
  return { kind: "keyless", keyless: { services, root, provider: findProvider(given["identity-token"], io) } };
}

/** Signs a statement about what is in a repository; without one, that it is vouched for. Throws RegistryError, PublishError and SigningError. */
export async function signWith(
  signing: SigningMethod,
  at: ReadWrite,
  repository: string,
  digest: Digest,
  now: Date,
  signal: AbortSignal,
  statement: UnsignedStatement = makeSignStatement(digest),
): Promise<SignatureReport> {
  const subject = await readSubject(at.source, repository, digest, signal);
  if (signing.kind === "keyless") return signKeyless(at, repository, subject, statement, signing.keyless, now, signal);
  return { digest: await signStatement(at, repository, subject, statement, signing.key, now, signal) };
}

function readKey(file: string, { env }: Pick<Io, "env">): KeyObject {
  return withContext(`the key ${file}`, () => readPrivateKey(readText(file), env["COSIGN_PASSWORD"]));
}

function readFile<T>(file: string, { cwd }: Pick<Io, "cwd">, parse: (text: string) => T): T {
  const text = readText(resolve(cwd, file));
  try {
    return parse(text);
  } catch (cause) {
    const why = cause instanceof PublishError ? cause.message : "it is not a trusted_root.json of Sigstore";
    throw new CliError(`${file}: ${why}`, { cause });
  }
}

/** A token that is at hand already is looked at, so that nothing is published that could not be signed. */
function findProvider(file: string | undefined, io: Io): KeylessSigning["provider"] {
  const { env, cwd, now } = io;
  return withContext("signing without a key", () => {
    const provider = findTokenProvider(file, { env, readFile: (path) => readIfThere(resolve(cwd, path)) });
    if (provider.text !== undefined) readIdentityToken(provider.text, provider.from, now());
    return provider;
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readBoundedText(file);
  } catch (cause) {
    const code = getErrorCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CliError(sayUnreadable(file, cause), { cause });
  }
}

function withContext<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof PublishError) throw new CliError(`${what}: ${cause.message}`, { cause });
    throw cause;
  }
}
