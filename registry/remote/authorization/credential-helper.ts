import { unavailable } from "../../errors.ts";
import type { RegistryError } from "../../errors.ts";
import type { Credentials, Identity } from "./credentials.ts";
import { toCanonicalHost } from "./docker-config.ts";
import { dockerHub } from "../registry.ts";

/** How credential helpers are run. */
export interface HelperOptions {
  /** The whole environment of the helper. Its PATH is where `docker-credential-<name>` is looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default 5000. */
  readonly timeoutMs?: number | undefined;
}

/** More than any token, far less than memory. */
const maxOutputBytes = 64 * 1024;

/** Who `docker-credential-<name>` says the gate is. The name was checked when the config was read: https://github.com/docker/docker-credential-helpers#development */
export function makeHelperIdentity(name: string, host: string, options: HelperOptions): Identity {
  const program = `docker-credential-${name}`;
  return {
    name: `credential-helper:${name}`,
    source: `the credentials from ${program}`,
    hasCredentials: true,
    credentials: () => askHelper(program, host, options),
  };
}

/** Undefined where the helper holds nothing for this host. What it prints may be a secret, so no error repeats it. */
async function askHelper(program: string, host: string, options: HelperOptions): Promise<Credentials | undefined> {
  const { execFile } = await import("node:child_process");
  const { environment, timeoutMs = 5000 } = options;
  const limits = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes } as const;
  const server = toCanonicalHost(host) === "docker.io" ? dockerHub.authKey : host;
  return new Promise((resolve, reject) => {
    const child = execFile(program, ["get"], { ...limits, env: { ...environment } }, (error, stdout) => {
      if (error === null) return settle(program, stdout, resolve, reject);
      if (stdout.includes("credentials not found")) return resolve(undefined);
      const how = error.killed === true ? "it was stopped" : `exit status ${String(error.code)}`;
      reject(failure(program, "failed", how));
    });
    child.stdin?.on("error", () => {}); // a helper that exits without reading is judged by its exit status
    child.stdin?.end(server);
  });
}

function settle(
  program: string,
  output: string,
  resolve: (credentials: Credentials | undefined) => void,
  reject: (error: RegistryError) => void,
): void {
  const credentials = parseOutput(output);
  if (credentials === undefined) reject(failure(program, "gave an answer that cannot be read", "not its JSON"));
  else resolve(credentials);
}

/** `{"ServerURL", "Username", "Secret"}`; the user name `<token>` marks an identity token. */
function parseOutput(output: string): Credentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  const { Username: username, Secret: secret } = (value ?? {}) as { Username?: unknown; Secret?: unknown };
  if (typeof username !== "string" || typeof secret !== "string" || secret === "") return undefined;
  if (username === "<token>") return { kind: "identity-token", username, token: secret };
  return { kind: "basic", username, password: secret };
}

function failure(program: string, problem: string, detail: string): RegistryError {
  return unavailable("denied", `${program} ${problem}`, { cause: new Error(detail) });
}
