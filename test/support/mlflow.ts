import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import * as z from "zod";
import { componentPath } from "./components.ts";
import { leash } from "./leash.ts";

export interface RunSpec {
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A real tracking server with an empty database. */
export interface MlflowTrackingServer {
  /** With the scheme and without a slash at the end. */
  readonly url: string;
  /** Makes a run in the default experiment and returns its id. */
  createRun(spec?: RunSpec): Promise<string>;
  setTag(run: string, key: string, value: string): Promise<void>;
  deleteTag(run: string, key: string): Promise<void>;
  tags(run: string): Promise<Readonly<Record<string, string>>>;
  /** The runs of the default experiment that a search finds. */
  search(filter: string): Promise<readonly string[]>;
  deleteRun(run: string): Promise<void>;
  restoreRun(run: string): Promise<void>;
  /** Any other request, by its path from `/api/` on: the answer, parsed. Throws for one that is not of success. */
  call(method: string, path: string, body?: object, workspace?: string): Promise<unknown>;
  /** Kills the server, waits until it is gone, and removes its database. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "mlflow-server.py");
/** Long for a busy machine, and for a disk that was never read: Python imports for some seconds, then the database is made. */
const startMs = 180_000;

const runAnswer = z.object({
  run: z.object({
    info: z.object({ run_id: z.string() }),
    data: z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]) }).prefault({}),
  }),
});

const found = z.object({ runs: z.array(z.object({ info: z.object({ run_id: z.string() }) })).default([]) });

/**
 * Starts MLflow's own application on a free loopback port and waits until it answers. With `authorization` it takes requests
 * with exactly this header only; `env` is for the server's own settings.
 */
export async function startMlflow({
  authorization,
  env = {},
}: { readonly authorization?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<MlflowTrackingServer> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-mlflow-"));
  const args = [program, folder, ...(authorization === undefined ? [] : [authorization])];
  const server = leash(componentPath("mlflow"), args, { PATH: process.env["PATH"], HOME: folder, ...env });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${await listeningPort(server.stdout, server.stderr)}`;
    return { url, stop, ...apiOf(url, authorization) };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Call = MlflowTrackingServer["call"];

function callerOf(url: string, authorization: string | undefined): Call {
  return async (method, path, body, workspace) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
        ...(workspace === undefined ? {} : { "x-mlflow-workspace": workspace }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`mlflow answered ${response.status} to ${path}: ${text}`);
    return JSON.parse(text);
  };
}

function apiOf(url: string, authorization: string | undefined): Omit<MlflowTrackingServer, "url" | "stop"> {
  const callAny = callerOf(url, authorization);
  const call = (method: string, path: string, body?: object): Promise<unknown> =>
    callAny(method, `/api/2.0/mlflow/runs/${path}`, body);
  const setTag = async (run: string, key: string, value: string): Promise<void> => {
    await call("POST", "set-tag", { run_id: run, key, value });
  };
  return {
    call: callAny,
    setTag,
    async createRun({ name = "granite-mmlu", tags = {}, params = {}, metrics = {} } = {}) {
      const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
      const made = await call("POST", "create", { experiment_id: "0", run_name: name, tags: list });
      const id = runAnswer.parse(made).run.info.run_id;
      for (const [key, value] of Object.entries(params))
        await call("POST", "log-parameter", { run_id: id, key, value });
      for (const [key, value] of Object.entries(metrics))
        await call("POST", "log-metric", { run_id: id, key, value, timestamp: Date.now() });
      return id;
    },
    async deleteTag(run, key) {
      await call("POST", "delete-tag", { run_id: run, key });
    },
    async tags(run) {
      const { tags } = runAnswer.parse(await call("GET", `get?run_id=${run}`)).run.data;
      return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
    },
    async search(filter) {
      const { runs } = found.parse(await call("POST", "search", { experiment_ids: ["0"], filter }));
      return runs.map(({ info }) => info.run_id);
    },
    async deleteRun(run) {
      await call("POST", "delete", { run_id: run });
    },
    async restoreRun(run) {
      await call("POST", "restore", { run_id: run });
    },
  };
}

/** Both outputs keep being read afterwards, so that no pipe fills. */
async function listeningPort(out: Readable, log: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  log.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-10_000)));
  let text = "";
  out.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const port = /^listening on (\d+)$/m.exec(text)?.[1];
    if (port !== undefined) resolve(port);
  });
  out.once("close", () => reject(new Error(`mlflow ended at once:\n${said}`)));
  const timer = setTimeout(() => reject(new Error(`mlflow does not start:\n${said}`)), startMs);
  return promise.finally(() => clearTimeout(timer));
}
