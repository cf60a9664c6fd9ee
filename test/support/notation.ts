import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentPath } from "./components.ts";

/** The real notation, with a configuration folder of its own. */
export interface Notation extends AsyncDisposable {
  /** Its trust stores, as the gate reads them. */
  readonly trustStores: string;
  /** Makes a key with a self-signed certificate in a trust store of the same name; returns the subject as an identity. */
  makeSigner(name: string): Promise<string>;
  sign(reference: string, name: string, ...options: readonly string[]): Promise<void>;
  /** Whether `notation verify` accepts the artifact by this signer, with revocation unchecked. */
  verifies(reference: string, name: string, identity: string): Promise<boolean>;
}

const timeoutMs = 60_000;

export async function createNotation(): Promise<Notation> {
  const home = await mkdtemp(join(tmpdir(), "assaygate-notation-"));
  const env = { PATH: process.env["PATH"], GOGC: process.env["GOGC"], HOME: home, XDG_CONFIG_HOME: home };
  const config = join(home, "notation");
  await mkdir(config);
  const run = (...args: string[]): Promise<{ readonly ok: boolean; readonly said: string }> =>
    new Promise((resolve) => {
      execFile(componentPath("notation"), args, { env, timeout: timeoutMs }, (error, out, err) =>
        resolve({ ok: error === null, said: out + err }),
      );
    });
  const must = async (...args: string[]): Promise<void> => {
    const { ok, said } = await run(...args);
    if (!ok) throw new Error(`notation ${args.join(" ")}: ${said}`);
  };
  return {
    trustStores: join(config, "truststore", "x509"),
    async makeSigner(name) {
      await must("cert", "generate-test", name);
      return `x509.subject: CN=${name},O=Notary,L=Seattle,ST=WA,C=US`;
    },
    sign: (reference, name, ...options) => must("sign", "--insecure-registry", "--key", name, ...options, reference),
    async verifies(reference, name, identity) {
      const policy = {
        name: "test",
        registryScopes: ["*"],
        signatureVerification: { level: "strict", override: { revocation: "skip" } },
        trustStores: [`ca:${name}`],
        trustedIdentities: [identity],
      };
      await writeFile(join(config, "trustpolicy.json"), JSON.stringify({ version: "1.0", trustPolicies: [policy] }));
      return (await run("verify", "--insecure-registry", reference)).ok;
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** The certificate of a signer, PEM. */
export function certificateOf(notation: Notation, name: string): Promise<string> {
  return readFile(join(notation.trustStores, "ca", name, `${name}.crt`), "utf8");
}
