import { createHash, createPublicKey, generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ComponentName } from "../../scripts/components/catalogue.ts";
import type { Json } from "./artifacts.ts";
import { makeCa } from "./certificates.ts";
import { eventually } from "./cluster/eventually.ts";
import { componentPath } from "./components.ts";
import { leash, type Leashed } from "./leash.ts";
import { withFreePorts } from "./ports.ts";

/** Sigstore's own programs on this machine: Fulcio with a log of certificates, Rekor 2, and a timestamp authority. */
export interface SigstoreServices extends AsyncDisposable {
  readonly trustedRoot: string;
  readonly signingConfig: string;
  /** Who vouches for workflows as GitHub does. Fulcio asks it for its keys. */
  readonly issuer: string;
  /** A signed token about a workflow, with these claims instead of its own. */
  makeToken(claims?: Json): string;
  /** Ends one program. */
  stop(program: ComponentName): Promise<void>;
}

export const sigstorePrograms = ["fulcio", "tesseract", "rekor", "timestamp-server"] as const;

export const workflow = "acme/evals/.github/workflows/eval.yml@refs/heads/main";

/** Starts all of it on free loopback ports, and waits until each answers. */
export function startSigstoreServices(): Promise<SigstoreServices> {
  return withFreePorts(8, async (ports) => {
    const folder = await mkdtemp(join(tmpdir(), "assaygate-sigstore-"));
    const issuer = await startIssuer();
    const programs = new Map<string, Leashed>();
    const close = async (): Promise<void> => {
      await Promise.all([...programs.values()].map((one) => one.stop()));
      await issuer[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    };
    try {
      const files = await writeFiles(folder, issuer.url);
      const at = (port: number): string => `http://127.0.0.1:${ports[port]}`;
      await startPrograms(programs, folder, ports);
      const stamps = await (await fetch(`${at(7)}/api/v1/timestamp/certchain`)).text();
      return {
        issuer: issuer.url,
        makeToken: issuer.makeToken,
        trustedRoot: JSON.stringify(toTrustedRoot({ ...files, stamps })),
        signingConfig: JSON.stringify(toSigningConfig(at(1), at(4), `${at(7)}/api/v1/timestamp`)),
        stop: async (program) => programs.get(program)?.stop(),
        [Symbol.asyncDispose]: close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  });
}

type Ports = readonly number[];

async function startPrograms(programs: Map<string, Leashed>, folder: string, ports: Ports): Promise<void> {
  const file = (name: string): string => join(folder, name);
  const start = async (program: ComponentName, path: string, args: Readonly<Record<string, string>>): Promise<void> => {
    const given = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
    const command = program === "tesseract" ? given : ["serve", ...given];
    const one = leash(componentPath(program), command, { PATH: process.env["PATH"], HOME: folder });
    programs.set(program, one);
    let said = "";
    for (const output of [one.stdout, one.stderr])
      output.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-10_000)));
    const broken = one.ended.then(() => new Error(`${program} ended at once:\n${said}`));
    const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${path}`)).status < 500;
    await eventually(`${program} answers`, answers, { broken });
  };
  const [ct, http, , , rekor, , , tsa] = ports;
  await Promise.all([
    start("tesseract", `${ct}/ct/v1/get-roots`, logOfCertificates(file, ports)),
    start("fulcio", `${http}/api/v2/configuration`, certificateAuthority(file, ports)),
    start("rekor", `${rekor}/`, logOfSignatures(file, ports)),
    start("timestamp-server", `${tsa}/ping`, {
      host: "127.0.0.1",
      port: `${tsa}`,
      "disable-ntp-monitoring": "true",
    }),
  ]);
}

type Arguments = (file: (name: string) => string, ports: Ports) => Readonly<Record<string, string>>;

const logOfCertificates: Arguments = (file, [ct]) => ({
  private_key: file("ct.key"),
  roots_pem_file: file("ca.pem"),
  origin: "localhost/ct",
  storage_dir: file("ct"),
  http_endpoint: `127.0.0.1:${ct}`,
  logtostderr: "true",
});

const certificateAuthority: Arguments = (file, [ct, http, grpc, metrics]) => ({
  ca: "fileca",
  "fileca-cert": file("ca.pem"),
  "fileca-key": file("ca.key"),
  "fileca-key-passwd": "test",
  "fileca-watch": "false",
  "config-path": file("fulcio.yaml"),
  host: "127.0.0.1",
  port: `${http}`,
  "grpc-host": "127.0.0.1",
  "grpc-port": `${grpc}`,
  "metrics-port": `${metrics}`,
  "legacy-unix-domain-socket": file("fulcio.sock"),
  "ct-log-url": `http://127.0.0.1:${ct}`,
  "ct-log-public-key-path": file("ct.pub"),
});

const logOfSignatures: Arguments = (file, [, , , , rekor, rekorGrpc, rekorMetrics]) => ({
  hostname: "rekor.test",
  "storage-dir": file("rekor"),
  "signer-filepath": file("rekor.key"),
  "http-port": `${rekor}`,
  "grpc-port": `${rekorGrpc}`,
  "http-metrics-port": `${rekorMetrics}`,
  "checkpoint-interval": "1s",
});

interface Files {
  readonly authority: string;
  /** Public keys, DER. */
  readonly certificateLog: Buffer;
  readonly log: Buffer;
}

async function writeFiles(folder: string, issuer: string): Promise<Files> {
  const ca = await makeCa("fulcio");
  const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "test" } as const;
  const [ct, rekor] = [1, 2].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
  if (ct === undefined || rekor === undefined) throw new Error("no keys");
  const content: Readonly<Record<string, string | Buffer>> = {
    "ca.pem": ca.cert,
    "ca.key": KeyObject.from(ca.keys.privateKey).export(encrypted),
    "ct.key": ct.privateKey.export({ type: "sec1", format: "pem" }),
    "ct.pub": ct.publicKey.export({ type: "spki", format: "pem" }),
    "rekor.key": rekor.privateKey.export({ type: "pkcs8", format: "pem" }),
    "fulcio.yaml": stringify(toFulcioConfig(issuer)),
  };
  for (const [name, text] of Object.entries(content)) await writeFile(join(folder, name), text);
  for (const name of ["ct", "rekor"]) await mkdir(join(folder, name));
  const der = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
  return { authority: ca.cert, certificateLog: der(ct.publicKey), log: der(rekor.publicKey) };
}

/** Who is certified as what, as Sigstore's public instance has it for GitHub. https://github.com/sigstore/fulcio */
function toFulcioConfig(issuer: string): Json {
  const name = "{{ .url }}/{{ .job_workflow_ref }}";
  return {
    "oidc-issuers": {
      [issuer]: {
        "issuer-url": issuer,
        "client-id": "sigstore",
        type: "ci-provider",
        "ci-provider": "github-workflow",
      },
    },
    "ci-issuer-metadata": {
      "github-workflow": {
        "default-template-values": { url: "https://github.com" },
        "extension-templates": { "build-signer-uri": name },
        "subject-alternative-name-template": name,
      },
    },
  };
}

const validFor = { start: "2020-01-01T00:00:00Z" };

function toTrustedRoot({ authority, certificateLog, log, stamps }: Files & { readonly stamps: string }): Json {
  const toLog = (baseUrl: string, key: Buffer): Json => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: key.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(key).digest("base64") },
  });
  const toAuthority = (pem: string): Json => ({
    subject: {},
    uri: "https://authority.test",
    validFor,
    certChain: {
      certificates: [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)/g)].map(([, base64 = ""]) => ({
        rawBytes: base64.replaceAll(/\s/g, ""),
      })),
    },
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [toLog("https://rekor.test", log)],
    ctlogs: [toLog("https://ct.test", certificateLog)],
    certificateAuthorities: [toAuthority(authority)],
    timestampAuthorities: [toAuthority(stamps)],
  };
}

function toSigningConfig(authority: string, log: string, stamps: string): Json {
  const service = (url: string, majorApiVersion: number): Json => ({
    url,
    majorApiVersion,
    validFor,
    operator: "test",
  });
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service(authority, 1)],
    rekorTlogUrls: [service(log, 2)],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [service(stamps, 1)],
    tsaConfig: { selector: "ANY" },
  };
}

/** https://docs.github.com/actions/reference/security/oidc */
const workflowClaims = {
  sub: "repo:acme/evals:ref:refs/heads/main",
  job_workflow_ref: workflow,
  repository: "acme/evals",
  ref: "refs/heads/main",
  sha: "0123456789abcdef0123456789abcdef01234567",
  event_name: "push",
  workflow: "eval",
  runner_environment: "github-hosted",
};

interface Issuer extends AsyncDisposable {
  readonly url: string;
  makeToken(claims?: Json): string;
}

/** Serves what OpenID Connect discovers of an issuer, and signs tokens. */
async function startIssuer(): Promise<Issuer> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...createPublicKey(privateKey).export({ format: "jwk" }), kid: "test", alg: "RS256", use: "sig" };
  const server = createServer((request, response) => {
    const isDiscovery = request.url?.endsWith("/.well-known/openid-configuration") === true;
    const found = { issuer: url(), jwks_uri: `${url()}/keys`, id_token_signing_alg_values_supported: ["RS256"] };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(isDiscovery ? found : { keys: [jwk] }));
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    url: url(),
    makeToken(claims = {}) {
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const times = { iat: nowSeconds, exp: nowSeconds + 600 };
      const whole = { iss: url(), aud: "sigstore", ...times, ...workflowClaims, ...claims };
      const signed = `${encode({ alg: "RS256", kid: "test", typ: "JWT" })}.${encode(whole)}`;
      return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
