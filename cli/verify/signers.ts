import { resolve } from "node:path";
import { compileSigner } from "../../policies/language/signer.ts";
import type { Signer } from "../../policies/signer.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import { readTextFile } from "../../runtime/read-text-file.ts";
import { CliError, UsageError } from "../failure.ts";
import type { Io } from "../io.ts";

/** What the options say of who must have signed. */
export interface SignerOptions {
  readonly key?: readonly string[] | undefined;
  readonly "require-log"?: boolean | undefined;
  readonly "certificate-oidc-issuer"?: string | undefined;
  readonly "certificate-identity"?: string | undefined;
  readonly "trust-store"?: string | undefined;
  readonly "trusted-identity"?: readonly string[] | undefined;
}

/** Throws UsageError, and CliError for a file that cannot be read or is no key. */
export function readSigners(asked: SignerOptions, io: Pick<Io, "cwd">): Signer[] {
  const signers = (asked.key ?? []).map((file) => readSigner(file, asked["require-log"] ?? false, io));
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

/** As many of them as `threshold` says, by default all. Undefined where nobody is named. Throws UsageError. */
export function readRequired(
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

function readSigner(file: string, logged: boolean, { cwd }: Pick<Io, "cwd">): Signer {
  const publicKey = readTextFile(resolve(cwd, file), (message, cause) => new CliError(message, { cause }), file);
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: logged ? "Required" : "NotRequired" } });
  if (typeof signer === "string") throw new CliError(`${file}: ${signer}`);
  return { ...signer, text: file };
}

/** What the options say of who may revoke. */
export interface RevokerOptions {
  readonly revoker?: readonly string[] | undefined;
  readonly "revoker-oidc-issuer"?: string | undefined;
  readonly "revoker-identity"?: string | undefined;
}

/** Each of whom is enough. Undefined where nobody is named. Throws as {@link readSigners} does. */
export function readRevokers(asked: RevokerOptions, io: Pick<Io, "cwd">): RequiredSigners | undefined {
  const revokers = (asked.revoker ?? []).map((file) => readSigner(file, false, io));
  const { "revoker-oidc-issuer": issuer, "revoker-identity": identity } = asked;
  if ((issuer === undefined) !== (identity === undefined))
    throw new UsageError("--revoker-oidc-issuer and --revoker-identity go together");
  if (issuer !== undefined && identity !== undefined) revokers.push(compiled({ cosign: { issuer, identity } }));
  const [first, ...rest] = revokers;
  return first && { any: [first, ...rest], threshold: 1 };
}
