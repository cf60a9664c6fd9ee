import * as z from "zod";
import { showStatus } from "../registry/remote/failure.ts";
import { show } from "../policies/show.ts";
import { MlflowError } from "./errors.ts";
import type { MlflowAnswer } from "./exchange.ts";
import { parseAnswer } from "./parse-answer.ts";
import type { MlflowServer } from "./server.ts";

const failure = z.object({ error_code: z.string(), message: z.string().default("") });

/** What an answer other than 200 means for what was asked. Only MLflow's own word says that there is no such thing. */
export function toRefusal(server: MlflowServer, about: string, { status, text }: MlflowAnswer): MlflowError {
  const said = parseAnswer(failure, text);
  const { name } = server;
  const answered = `${name} answered ${showStatus(status)}`;
  if (said?.error_code === "RESOURCE_DOES_NOT_EXIST") return new MlflowError("absent", `${name} has no ${about}`);
  if (said?.error_code === "FEATURE_DISABLED" && server.workspace !== undefined)
    return new MlflowError("unavailable", `${name} has no workspaces: unset MLFLOW_WORKSPACE`);
  if (status === 403 && said === undefined && text.startsWith("Invalid Host header")) return refusedHost(server);
  if (status === 401 || status === 403) return new MlflowError("unavailable", `${answered}${signIn(server, about)}`);
  if (status >= 300 && status < 400)
    return new MlflowError(
      "unavailable",
      `${answered}, perhaps to a page to log in at: name the MLflow server itself, and set MLFLOW_TRACKING_TOKEN`,
    );
  if (status === 404)
    return new MlflowError("unavailable", `${answered}, and not as MLflow does: is it the MLflow server's address?`);
  if (status === 429 || status >= 500) return new MlflowError("unavailable", `${answered}: try again later`);
  return new MlflowError("refused", `${answered}: ${show(said?.message ?? "no reason given")}`);
}

/**
 * MLflow answers to the names of its own machine and to private addresses, and to others when it is told to. Credentials do not
 * help here. https://mlflow.org/docs/latest/self-hosting/security/network/
 */
function refusedHost({ url, name }: MlflowServer): MlflowError {
  const { host } = new URL(url);
  return new MlflowError(
    "unavailable",
    `${name} does not answer to the name ${host}: start the MLflow server with --allowed-hosts ${host}, or name it as it knows itself`,
  );
}

function signIn({ authorization, identity }: MlflowServer, about: string): string {
  return authorization === undefined
    ? " to anonymous access: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
    : `: check ${identity}, and what that user may do with ${about}`;
}
