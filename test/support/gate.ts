import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { Writable } from "node:stream";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ReviewResponse } from "../../webhook/admission/response.ts";
import { loadConfig } from "../../config/load-config.ts";
import { startGate, type RunningGate } from "../../webhook/serve.ts";
import { createLog } from "../../webhook/telemetry/log.ts";
import type { Json } from "./artifacts.ts";

/** A real gate in this process: real TLS, real HTTP, a configuration read from a real file. */
export interface TestGate extends AsyncDisposable {
  readonly url: string;
  readonly healthUrl: string;
  readonly metricsUrl: string;
  /** PEM of the authority that signed its own certificate; undefined where it was given another. */
  readonly ca: string | undefined;
  /** Where its policies lie. */
  readonly policyFolder: string;
  /** Everything logged, parsed. */
  readonly log: Json[];
  /** Sends a review and returns the answer; fails where that is not HTTP 200. */
  review(body: Json): Promise<ReviewResponse["response"]>;
  send(options: SendOptions): Promise<Reply>;
  /** Asks the health port. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Begins to stop, as SIGTERM would have it. */
  stop(): Promise<void>;
}

export interface SendOptions {
  readonly body?: string | Uint8Array;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Starts a gate with `policies` by file name and a configuration that is merged over the tests' own. */
export async function startTestGate(policies: Readonly<Record<string, Json>>, config: Json = {}): Promise<TestGate> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-gate-"));
  const policyFolder = join(folder, "policies");
  const file = await writeFiles(folder, policies, config);
  const log: Json[] = [];
  const out = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => (log.push(JSON.parse(line) as Json), done()),
  });
  const gate = await startGate(loadConfig(file), createLog("debug", out), process.env);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= gate.stop());
  const send = (options: SendOptions): Promise<Reply> => sendTo(gate, options);
  return {
    url: gate.url,
    healthUrl: gate.healthUrl,
    metricsUrl: gate.metricsUrl,
    ca: gate.ca,
    policyFolder,
    log,
    send,
    async review(body) {
      const reply = await send({ body: JSON.stringify(body) });
      if (reply.status !== 200) throw new Error(`${reply.status} ${reply.body}`);
      return (JSON.parse(reply.body) as ReviewResponse).response;
    },
    async get(path) {
      const response = await fetch(new URL(path, gate.healthUrl), { headers: { connection: "close" } });
      return { status: response.status, body: await response.text() };
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the path of the configuration. */
async function writeFiles(folder: string, policies: Readonly<Record<string, Json>>, config: Json): Promise<string> {
  await mkdir(join(folder, "policies"));
  for (const [name, document] of Object.entries(policies))
    await writeFile(join(folder, "policies", name), stringify(document));
  const loopback = { host: "127.0.0.1", port: 0 };
  const own = { listen: loopback, health: loopback, policies: { directory: "policies", reloadMs: 20 }, drainMs: 0 };
  const file = join(folder, "config.yaml");
  await writeFile(file, stringify({ ...own, ...config }));
  return file;
}

function sendTo(
  { url, ca }: RunningGate,
  { body = "", method = "POST", path = "/validate?timeout=10s", headers = {} }: SendOptions,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      {
        method,
        agent: false,
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
        headers: { "content-type": "application/json", ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
