import { readFile } from "node:fs/promises";
import { Agent, request, type AgentOptions } from "node:https";
import { setTimeout } from "node:timers/promises";
import { parse } from "yaml";
import * as z from "zod";
import type { Json } from "../support/artifacts.ts";
import type { ClusterClient } from "../support/cluster/client.ts";

/** What the API server said to one request. */
export interface Answer {
  readonly sentMs: number;
  readonly status: number;
  readonly body: string;
}

/** Requests through the API server, several at a time, until it is over. */
export interface Load {
  readonly answers: readonly Answer[];
  /** How many have been answered so far. */
  count(): number;
  /** Lets those under way end. */
  over(): Promise<void>;
}

const user = z.object({ "client-certificate-data": z.string(), "client-key-data": z.string() });
const userConfig = z.object({ users: z.tuple([z.object({ user })]) });

export interface LoadOptions {
  /** Who sends them: a user that the cluster's administrator speaks for. Default: the administrator. */
  readonly as?: string;
  readonly isDryRun?: boolean;
  /** How many a second, all loops together. Default: as many as are answered. */
  readonly perSecond?: number;
  /** The API server's socket in the file system, instead of its port: nothing then passes through a relay in this process. */
  readonly socketPath?: string;
}

/**
 * Creates these Deployments again and again, in turn, as dry runs by default. There are as many requests open at a time as
 * there are loops, at most, so that one that waits holds up no other.
 */
export async function startLoad(
  cluster: ClusterClient,
  namespace: string,
  deployments: readonly Json[],
  loops: number,
  { as, isDryRun = true, perSecond = Infinity, socketPath }: LoadOptions = {},
): Promise<Load> {
  const agent = await connect(cluster, { maxSockets: loops, ...(socketPath !== undefined && { socketPath }) });
  const url = new URL(`/apis/apps/v1/namespaces/${namespace}/deployments${isDryRun ? "?dryRun=All" : ""}`, cluster.url);
  const bodies = deployments.map((deployment) => JSON.stringify(deployment));
  const answers: Answer[] = [];
  const stopping = new AbortController();
  const untilTurn = pace(perSecond);
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await untilTurn();
      sent += 1;
      answers.push(await create(url, agent, bodies[sent % bodies.length] ?? "", as));
    }
  };
  const all = Promise.all(Array.from({ length: loops }, loop));
  return {
    answers,
    count: () => answers.length,
    async over() {
      stopping.abort();
      await all;
      agent.destroy();
    },
  };
}

/** Connections that stay open, with the administrator's certificate. */
async function connect({ kubeconfig, ca }: ClusterClient, options: AgentOptions): Promise<Agent> {
  const { users } = userConfig.parse(parse(await readFile(kubeconfig, "utf8")));
  const [cert, key] = [users[0].user["client-certificate-data"], users[0].user["client-key-data"]].map((data) =>
    Buffer.from(data, "base64"),
  );
  return new Agent({ keepAlive: true, ca, cert, key, ...options });
}

/** Gives whoever asks the next turn of an even schedule. Turns that passed while nobody asked are not made up for. */
function pace(perSecond: number): () => Promise<void> {
  const gapMs = 1_000 / perSecond;
  let turnMs = performance.now();
  return async () => {
    const nowMs = performance.now();
    turnMs = Math.max(turnMs + gapMs, nowMs);
    if (turnMs > nowMs) await setTimeout(turnMs - nowMs);
  };
}

function create(url: URL, agent: Agent, text: string, as: string | undefined): Promise<Answer> {
  const headers = { "content-type": "application/json", ...(as !== undefined && { "impersonate-user": as }) };
  const sentMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: "POST", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ sentMs, status: response.statusCode ?? 0, body })).on("error", reject);
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
