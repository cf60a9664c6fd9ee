import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentPath } from "./components.ts";
import { sealKey } from "./cosign-key.ts";

/** The real cosign, in a folder of its own that holds its keys. It reaches no service but the registry. */
export interface Cosign extends AsyncDisposable {
  /** Makes a pair of keys and returns the public one, PEM. */
  makeKey(name: string, kind?: KeyKind): Promise<string>;
  /** Attaches a signature by a key: a bundle that refers to the artifact, or cosign 2's tag. */
  sign(reference: string, key: string, layout: "bundle" | "tag"): Promise<void>;
  /** Attaches an attestation: a signed statement, by default of a type that says nothing to the gate. */
  attest(reference: string, key: string, statement?: CosignStatement): Promise<void>;
  /** Signs a statement as it stands, and returns the bundle; with the services, and their root, that are given, else with none. */
  attestBlob(statement: string, key: string, services?: CosignServices): Promise<string>;
  /** Whether `cosign verify` accepts the artifact by this key, without a transparency log. */
  verifies(reference: string, key: string, layout: "bundle" | "tag"): Promise<boolean>;
}

export interface CosignStatement {
  readonly type: string;
  readonly predicate: object;
}

/** `signing_config.json` and `trusted_root.json`. */
export interface CosignServices {
  readonly signingConfig: string;
  readonly trustedRoot: string;
}

const ofNoMeaning: CosignStatement = { type: "https://example.com/evaluated/v1", predicate: { passed: true } };

export type KeyKind = "P-256" | "P-384" | "RSA" | "Ed25519";

const timeoutMs = 60_000;

const offline = ["--signing-config", "signing.json", "--trusted-root", "trusted.json"];
const older = ["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"];

export async function createCosign(): Promise<Cosign> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-cosign-"));
  const run = runnerIn(folder);
  const must = async (...args: string[]): Promise<void> => {
    const { ok, said } = await run(...args);
    if (!ok) throw new Error(`cosign ${args.join(" ")}: ${said}`);
  };
  await must("signing-config", "create", "--out", "signing.json");
  await must("trusted-root", "create", "--out", "trusted.json");
  return {
    async makeKey(name, kind = "P-256") {
      const { privateKey, publicKey } = pairOf(kind);
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      await writeFile(join(folder, `${name}.key`), sealKey(privateKey));
      await writeFile(join(folder, `${name}.pub`), pem);
      return pem;
    },
    sign: (reference, key, layout) =>
      must("sign", "--key", `${key}.key`, ...(layout === "tag" ? older : offline), "--allow-http-registry", reference),
    async attest(reference, key, { type, predicate: content } = ofNoMeaning) {
      await writeFile(join(folder, "predicate.json"), JSON.stringify(content));
      const predicate = ["--type", type, "--predicate", "predicate.json"];
      await must("attest", "--key", `${key}.key`, ...predicate, ...offline, "--allow-http-registry", reference);
    },
    async attestBlob(statement, key, services) {
      await writeFile(join(folder, "statement.json"), statement);
      await rm(join(folder, "bundle.json"), { force: true });
      const by = ["--key", `${key}.key`, ...(services === undefined ? offline : await writeServices(folder, services))];
      await must("attest-blob", ...by, "--statement", "statement.json", "--bundle", "bundle.json");
      return readFile(join(folder, "bundle.json"), "utf8");
    },
    async verifies(reference, key, layout) {
      const format = `--new-bundle-format=${layout === "bundle"}`;
      const how = ["--key", `${key}.pub`, "--insecure-ignore-tlog", format, "--allow-http-registry"];
      return (await run("verify", ...how, reference)).ok;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function runnerIn(folder: string): (...args: string[]) => Promise<{ readonly ok: boolean; readonly said: string }> {
  const env = {
    PATH: process.env["PATH"],
    GOGC: process.env["GOGC"],
    HOME: folder,
    COSIGN_PASSWORD: "",
    COSIGN_YES: "true",
  };
  return (...args) =>
    new Promise((resolve) => {
      execFile(componentPath("cosign"), args, { cwd: folder, env, timeout: timeoutMs }, (error, out, err) =>
        resolve({ ok: error === null, said: out + err }),
      );
    });
}

/** Returns the arguments that name them. */
async function writeServices(folder: string, { signingConfig, trustedRoot }: CosignServices): Promise<string[]> {
  await writeFile(join(folder, "services.json"), signingConfig);
  await writeFile(join(folder, "root.json"), trustedRoot);
  return ["--signing-config", "services.json", "--trusted-root", "root.json"];
}

function pairOf(kind: KeyKind) {
  if (kind === "RSA") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  if (kind === "Ed25519") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("ec", { namedCurve: kind });
}
