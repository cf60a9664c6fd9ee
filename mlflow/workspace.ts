import * as z from "zod";
import { MlflowError } from "./errors.ts";
import type { MlflowAnswer, MlflowRequest } from "./exchange.ts";
import { parseAnswer } from "./parse-answer.ts";
import { toRefusal } from "./refusal.ts";
import type { MlflowServer } from "./server.ts";

const serverInfo = z.object({ workspaces_enabled: z.boolean().default(false) });
const workspaceAnswer = z.object({ workspace: z.object({ name: z.string() }) });

/**
 * What it means that a server has no such run or model. Its word is about one workspace: elsewhere it may well be, and a
 * workspace that does not exist has the same answer. Throws MlflowError where that cannot be asked.
 * https://mlflow.org/docs/latest/self-hosting/workspaces/
 */
export async function explainAbsence(
  server: MlflowServer,
  absence: MlflowError,
  ask: (request: MlflowRequest) => Promise<MlflowAnswer>,
): Promise<MlflowError> {
  const { name, workspace } = server;
  if (workspace !== undefined) {
    if (!(await hasWorkspace(server, workspace, ask)))
      return new MlflowError("unavailable", `${name} has no workspace ${workspace}: check MLFLOW_WORKSPACE`);
    return new MlflowError("absent", `${absence.message} in the workspace ${workspace}`);
  }
  if (!(await hasWorkspaces(server, ask))) return absence;
  const remedy = "and has others: set MLFLOW_WORKSPACE to the workspace that it is in";
  return new MlflowError("unavailable", `${absence.message} in its default workspace, ${remedy}`);
}

async function hasWorkspace(
  server: MlflowServer,
  workspace: string,
  ask: (request: MlflowRequest) => Promise<MlflowAnswer>,
): Promise<boolean> {
  const about = `workspace ${workspace}`;
  const answer = await ask({ method: "GET", path: `/api/3.0/mlflow/workspaces/${workspace}`, about });
  if (answer.status === 200 && parseAnswer(workspaceAnswer, answer.text)?.workspace.name === workspace) return true;
  // A server from before there were any reads no such header.
  if (answer.status === 404 && !(await hasWorkspaces(server, ask)))
    throw new MlflowError("unavailable", `${server.name} has no workspaces: unset MLFLOW_WORKSPACE`);
  const refusal = toRefusal(server, about, answer);
  if (refusal.kind === "absent") return false;
  throw new MlflowError("unavailable", refusal.message);
}

/** A server that does not know the question is older than workspaces are. */
async function hasWorkspaces(
  server: MlflowServer,
  ask: (request: MlflowRequest) => Promise<MlflowAnswer>,
): Promise<boolean> {
  const about = "what it offers";
  const answer = await ask({ method: "GET", path: "/api/3.0/mlflow/server-info", about });
  if (answer.status === 404) return false;
  const info = answer.status === 200 ? parseAnswer(serverInfo, answer.text) : undefined;
  if (info === undefined) throw toRefusal(server, about, answer);
  return info.workspaces_enabled;
}
