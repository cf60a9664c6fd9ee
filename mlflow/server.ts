import { resolve } from "node:path";
import { readTextFile } from "../runtime/read-text-file.ts";
import { toBasicHeader } from "../registry/remote/authorization/credentials.ts";
import { type ChooseProxy, findNoProxy } from "../registry/remote/network/proxies.ts";
import { show } from "../policies/show.ts";
import { MlflowError } from "./errors.ts";

/** A tracking server and how to speak to it, understood from what MLflow's own client reads, too. */
export interface MlflowServer {
  /** Scheme, host, port, and a path prefix that does not end in a slash. */
  readonly url: string;
  /** What messages call it: the same without the scheme. */
  readonly name: string;
  /** The Authorization header; undefined for anonymous access. Never in a message. */
  readonly authorization: string | undefined;
  /** For messages, what that header comes from. */
  readonly identity: string;
  /** The workspace that is asked, where the server has several; undefined for its default one. */
  readonly workspace: string | undefined;
  /** PEM text of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
  /** Through which proxy it is asked. */
  readonly chooseProxy: ChooseProxy;
}

/** What a command knows of where it runs. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths are taken from here. */
  readonly cwd: string;
  /** How servers outside are reached, besides what MLflow's own variables say. Default: directly, by the system's authorities. */
  readonly network?: Pick<MlflowServer, "ca" | "chooseProxy">;
}

/**
 * The server at `uri`, or at MLFLOW_TRACKING_URI where that is undefined. Throws MlflowError, `unusable`. The variables
 * mean what they mean to MLflow's client: https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/
 */
export function findServer(uri: string | undefined, { env, cwd, network }: Surroundings): MlflowServer {
  const text = uri ?? env["MLFLOW_TRACKING_URI"] ?? "";
  if (text === "") throw unusable("no MLflow server is named: give --mlflow-uri or set MLFLOW_TRACKING_URI");
  const url = parseAddress(text);
  const path = url.pathname.replace(/\/+$/, "");
  return {
    url: `${url.origin}${path}`,
    name: `${url.host}${path}`,
    workspace: readWorkspace(env["MLFLOW_WORKSPACE"]),
    ca: join(readAuthorities(env["MLFLOW_TRACKING_SERVER_CERT_PATH"], cwd), network?.ca),
    chooseProxy: network?.chooseProxy ?? findNoProxy,
    ...authorize(env),
  };
}

/** What does not parse is not repeated: it may hold a password. */
function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw unusable(
      "the MLflow server's address must begin with https:// or http://: a database or a folder has no link",
    );
  if (url.username !== "" || url.password !== "")
    throw unusable(
      "the MLflow server's address holds credentials: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead",
    );
  if (url.search !== "" || url.hash !== "")
    throw unusable("the MLflow server's address may hold a scheme, a host, a port and a path");
  return url;
}

/** As MLflow's client: a user's name and password go before a token. */
function authorize(env: NodeJS.ProcessEnv): Pick<MlflowServer, "authorization" | "identity"> {
  const username = env["MLFLOW_TRACKING_USERNAME"] ?? "";
  const password = env["MLFLOW_TRACKING_PASSWORD"] ?? "";
  if (username !== "" && password !== "")
    return {
      authorization: toBasicHeader(username, password),
      identity: "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
    };
  if (username !== "" || password !== "")
    throw unusable("MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD belong together, and one of them is not set");
  const token = env["MLFLOW_TRACKING_TOKEN"] ?? "";
  if (token === "") return { authorization: undefined, identity: "anonymous access" };
  if (!/^[\x21-\x7e]+$/.test(token))
    throw unusable("MLFLOW_TRACKING_TOKEN holds a character that no token holds, perhaps a line break at its end");
  return { authorization: `Bearer ${token}`, identity: "MLFLOW_TRACKING_TOKEN" };
}

/** By MLflow's own rule for names, so that it can be a header and part of a path. */
function readWorkspace(text = ""): string | undefined {
  const name = text.trim();
  if (name === "") return undefined;
  if (name.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])$/.test(name)) return name;
  throw unusable(
    `MLFLOW_WORKSPACE ${show(name)}: a workspace has a name of 2 to 63 lower-case letters, digits and hyphens`,
  );
}

function readAuthorities(file: string | undefined, cwd: string): string | undefined {
  if (file === undefined || file === "") return undefined;
  const variable = "MLFLOW_TRACKING_SERVER_CERT_PATH";
  return readTextFile(resolve(cwd, file), (message, cause) => unusable(`${variable}: ${message}`, cause), file);
}

function join(...texts: readonly (string | undefined)[]): string | undefined {
  const given = texts.filter((text) => text !== undefined);
  return given.length === 0 ? undefined : given.join("\n");
}

function unusable(message: string, cause?: unknown): MlflowError {
  return new MlflowError("unusable", message, { cause });
}
