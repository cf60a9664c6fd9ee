import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import * as z from "zod";
import type { Json } from "./artifacts.ts";
import { withFreePorts } from "./ports.ts";
import { startProgram, type Program } from "./cluster/program.ts";
import { componentPath } from "./components.ts";

export interface EvalhubServerOptions {
  /** Of the cluster in which it makes its jobs, and reads the logins of registries from secrets. */
  readonly kubeconfig: string;
  /** For its configuration and its log. It is not removed. */
  readonly folder: string;
  /** Documents by name, as in the folders of EvalHub's own configuration. */
  readonly providers: Readonly<Record<string, Json>>;
  readonly collections?: Readonly<Record<string, Json>>;
}

/** A real EvalHub server. It keeps its jobs in memory. */
export interface EvalhubServer {
  /** Starts an evaluation in the namespace, and returns the job's id. Rejects where the server refuses it. */
  startJob(namespace: string, job: Json): Promise<string>;
  /** Kills the server and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts EvalHub's server, as it runs in a cluster and not in its local mode, on a free loopback port, and waits until it
 * answers. It asks for no logins and believes who a request says that it is from, as it does behind EvalHub's proxy. Adapters
 * are told to report to the server itself, in place of the sidecar.
 */
export function startEvalhubServer(options: EvalhubServerOptions): Promise<EvalhubServer> {
  const { kubeconfig, folder } = options;
  return withFreePorts(1, async ([port]) => {
    const url = `http://127.0.0.1:${port}`;
    await configure(options, {
      service: {
        host: "127.0.0.1",
        port,
        disable_auth: true,
        termination_file: join(folder, "termination"),
      },
      database: { driver: "sqlite", url: "file::eval_hub:?mode=memory&cache=shared" },
      sidecar: { base_url: url },
    });
    const env = { KUBECONFIG: kubeconfig, HOME: folder };
    const log = join(folder, "eval-hub.log");
    const program = startProgram(componentPath("eval-hub-server"), ["-configdir", folder], log, env);
    await answering(program, url);
    return {
      startJob: (namespace, job) => post(`${url}/api/v1/evaluations/jobs`, namespace, job),
      stop: program.stop,
    };
  });
}

async function configure({ folder, providers, collections = {} }: EvalhubServerOptions, config: Json): Promise<void> {
  await writeFile(join(folder, "config.yaml"), stringify(config));
  for (const [kind, documents] of Object.entries({ providers, collections })) {
    await mkdir(join(folder, kind), { recursive: true });
    for (const [name, document] of Object.entries(documents)) {
      await writeFile(join(folder, kind, `${name}.yaml`), stringify(document));
    }
  }
}

async function answering(program: Program, url: string): Promise<void> {
  try {
    await program.until("answers", async () => (await fetch(`${url}/api/v1/health`)).ok);
  } catch (error) {
    await program.stop();
    throw error;
  }
}

const created = z.object({ resource: z.object({ id: z.string() }) });

async function post(url: string, namespace: string, body: Json): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant": namespace, "x-user": "pipeline" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`EvalHub answered ${response.status}: ${text}`);
  return created.parse(JSON.parse(text)).resource.id;
}
