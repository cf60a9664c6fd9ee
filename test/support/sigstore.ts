import { generateKeyPairSync, createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bundleToJSON } from "@sigstore/bundle";
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from "@sigstore/mock";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import {
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
  type Signature,
  type Signer,
} from "@sigstore/sign";
import type { Json } from "./artifacts.ts";
import { signWith, type TestKey } from "./signatures.ts";

export interface Identity {
  readonly issuer: string;
  readonly identity: string;
}

/** A Sigstore instance on this machine: certificate authority, both logs and a timestamp authority, each over HTTP. */
export interface TestSigstore extends AsyncDisposable {
  /** Its `trusted_root.json`. */
  readonly trustedRoot: string;
  /** Its `signing_config.json`. */
  readonly signingConfig: string;
  /** What it answers instead of what it should, by the service. */
  readonly misbehaviour: Map<SigstoreService, Misbehaviour>;
  /** What it was asked: the paths, in order. */
  readonly requests: string[];
  /** A bundle over these bytes, with an entry in the log. */
  signBytes(bytes: Uint8Array, by: Identity): Promise<Json>;
  /** The same, by a key that no authority knows. */
  signBytesByKey(bytes: Uint8Array, key: TestKey): Promise<Json>;
  /** A bundle with a signed statement and a timestamp, and no entry in a log. */
  signStatement(statement: Json, by: Identity): Promise<Json>;
  /** A bundle with a statement that is signed by a key, with a timestamp unless it says otherwise. */
  signStatementByKey(statement: Json, key: TestKey, witnesses?: readonly ("log" | "timestamp")[]): Promise<Json>;
}

/** The authority, the log and the timestamp authority. */
export type SigstoreService = "fulcio" | "rekor" | "tsa";

/** An answer, or a connection that is closed. */
export type Misbehaviour = { readonly status: number; readonly body: string } | "closed";

const services: Readonly<Record<string, SigstoreService>> = {
  "/api/v2/signingCert": "fulcio",
  "/api/v1/log/entries": "rekor",
  "/api/v1/timestamp": "tsa",
};

/** Checkpoints name the log by its host, and a trusted root finds it by that. */
const logUrl = "https://rekor.example";

/**
 * `stampedAt`: what the timestamp authority says that the time is, to the second. Default: a minute ahead. Its certificate is valid
 * from now on.
 */
export async function startSigstore({ stampedAt }: { readonly stampedAt?: Date } = {}): Promise<TestSigstore> {
  const authorities = await makeAuthorities(stampedAt);
  const misbehaviour = new Map<SigstoreService, Misbehaviour>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(authorities.handlers, { misbehaviour, requests }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    misbehaviour,
    requests,
    signingConfig: JSON.stringify(toSigningConfig(url)),
    trustedRoot: JSON.stringify(TrustedRoot.toJSON(TrustedRoot.fromJSON(toTrustedRoot(url, authorities)))),
    signBytes: (bytes, by) => signMessage(bytes, url, certified(url, by)),
    signBytesByKey: (bytes, key) => signMessage(bytes, url, byKey(key)),
    signStatement: (statement, by) => signEnvelope(statement, url, certified(url, by), ["timestamp"]),
    signStatementByKey: (statement, key, witnesses = ["timestamp"]) =>
      signEnvelope(statement, url, byKey(key), witnesses),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

type Authorities = Awaited<ReturnType<typeof makeAuthorities>>;

async function makeAuthorities(stampedAt: Date | undefined) {
  const keys = Array.from({ length: 4 }, () => generateKeyPairSync("ec", { namedCurve: "P-256" }));
  const [caKey, ctKey, logKey, tsaKey] = keys;
  if (caKey === undefined || ctKey === undefined || logKey === undefined || tsaKey === undefined)
    throw new Error("no keys");
  const ctLog = await initializeCTLog(ctKey);
  const ca = await initializeCA(caKey, ctLog);
  // A whole second: of a fraction, DER leaves out zeros at the end, and the verifier reads only three digits. A minute ahead: not
  // before a certificate that is issued meanwhile, and within its ten minutes.
  const tsa = await initializeTSA(tsaKey, stampedAt ?? new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 60_000));
  const tlog = await initializeTLog(logUrl, logKey);
  return { ctLog, ca, tsa, tlog, handlers: [fulcioHandler(ca), rekorHandler(tlog), tsaHandler(tsa)] };
}

async function answer(
  handlers: Authorities["handlers"],
  { misbehaviour, requests }: Pick<TestSigstore, "misbehaviour" | "requests">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const handler = handlers.find(({ path }) => path === request.url);
  if (handler === undefined) return void response.writeHead(404).end();
  requests.push(handler.path);
  const service = services[handler.path];
  const instead = service && misbehaviour.get(service);
  if (instead === "closed") return void request.socket.destroy();
  if (instead !== undefined)
    return void response.writeHead(instead.status, { "content-type": "application/json" }).end(instead.body);
  const handled = await handler.fn(toLogged(Buffer.concat(chunks).toString()));
  const { statusCode, response: body, contentType = "text/plain" } = handled;
  response.writeHead(statusCode, { "content-type": contentType });
  response.end(typeof body === "string" ? body : bytesOf(body));
}

const validFor = { start: new Date(Date.now() - 3_600_000).toISOString() };

function toTrustedRoot(url: string, { ctLog, ca, tsa, tlog }: Authorities): Json {
  const log = (publicKey: Uint8Array, keyId: Uint8Array): Json => ({
    baseUrl: logUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: base64(keyId) },
  });
  const authority = (...chain: readonly ArrayBufferView[]): Json => ({
    uri: url,
    validFor,
    certChain: { certificates: chain.map((bytes) => ({ rawBytes: base64(bytes) })) },
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(tlog.publicKey, createHash("sha256").update(tlog.publicKey).digest())],
    ctlogs: [log(ctLog.publicKey, bytesOf(ctLog.logID))],
    certificateAuthorities: [authority(ca.rootCertificate)],
    timestampAuthorities: [authority(tsa.intCertificate, tsa.rootCertificate)],
  };
}

function toSigningConfig(url: string): Json {
  const service = (of: string): Json => ({ url: of, majorApiVersion: 1, validFor, operator: "test" });
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service(url)],
    rekorTlogUrls: [service(url)],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [service(`${url}/api/v1/timestamp`)],
    tsaConfig: { selector: "ANY" },
  };
}

function certified(url: string, { issuer, identity }: Identity): Signer {
  const identityProvider = { getToken: () => Promise.resolve(tokenOf(issuer, identity)) };
  return new FulcioSigner({ fulcioBaseURL: url, identityProvider });
}

function byKey(key: TestKey): Signer {
  const { pem: publicKey, hint } = key;
  const sign = (data: Buffer): Promise<Signature> =>
    Promise.resolve({ signature: signWith(key, data), key: { $case: "publicKey", publicKey, hint } });
  return { sign };
}

async function signMessage(bytes: Uint8Array, url: string, signer: Signer): Promise<Json> {
  const witnesses = [new RekorWitness({ rekorBaseURL: url })];
  const builder = new MessageSignatureBundleBuilder({ signer, witnesses });
  return bundleToJSON(await builder.create({ data: Buffer.from(bytes) }));
}

async function signEnvelope(
  statement: Json,
  url: string,
  signer: Signer,
  by: readonly ("log" | "timestamp")[],
): Promise<Json> {
  const witnesses = by.map((one) =>
    one === "log" ? new RekorWitness({ rekorBaseURL: url }) : new TSAWitness({ tsaBaseURL: url }),
  );
  const bundle = await new DSSEBundleBuilder({ signer, witnesses }).create({
    data: Buffer.from(JSON.stringify(statement)),
    type: "application/vnd.in-toto+json",
  });
  return bundleToJSON(bundle);
}

/** What a log keeps of an envelope: hashes and signatures. The library's stand-in keeps what it was sent. */
function toLogged(body: string): string {
  const entry = body.startsWith("{") ? (JSON.parse(body) as Json) : {};
  if (entry["kind"] !== "dsse") return body;
  const { envelope, verifiers } = (entry as unknown as DsseEntry).spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (bytes: Buffer): Json => ({
    algorithm: "sha256",
    value: createHash("sha256").update(bytes).digest("hex"),
  });
  const spec = {
    envelopeHash: hash(Buffer.from(envelope)),
    payloadHash: hash(Buffer.from(payload, "base64")),
    signatures: signatures.map(({ sig }, at) => ({ signature: sig, verifier: verifiers[at] })),
  };
  return JSON.stringify({ ...entry, spec });
}

interface DsseEntry {
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** A token as an issuer would give it; this authority believes what it says. */
export function tokenOf(issuer: string, subject: string): string {
  const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: issuer, sub: subject, aud: "sigstore", exp: Math.floor(Date.now() / 1_000) + 600 };
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function base64(bytes: ArrayBufferView): string {
  return bytesOf(bytes).toString("base64");
}
