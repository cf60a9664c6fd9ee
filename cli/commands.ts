import type { Command } from "./command.ts";

/**
 * Every command that works, by its name, in the order of the help. Each is loaded when it is asked for, so that none takes the
 * time and memory of what only others need.
 */
const loaders: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["serve", async () => (await import("./serve.ts")).serve],
  ["check", once(async () => (await import("./check.ts")).check)],
  ["replay", once(async () => (await import("./replay.ts")).replay)],
  ["audit", once(async () => (await import("./audit.ts")).audit)],
  ["describe", once(async () => (await import("./describe.ts")).describe)],
  ["lint", once(async () => (await import("./lint.ts")).lint)],
  ["test", once(async () => (await import("./test.ts")).test)],
  ["explain", async () => (await import("./explain.ts")).explain],
  ["push", once(async () => (await import("./push.ts")).push)],
  ["pull", once(async () => (await import("./pull.ts")).pull)],
  ["inspect", once(async () => (await import("./inspect.ts")).inspect)],
  ["verify", once(async () => (await import("./verify.ts")).verify)],
  ["sign", once(async () => (await import("./sign.ts")).sign)],
  ["attest", once(async () => (await import("./attest.ts")).attest)],
  ["revoke", once(async () => (await import("./revoke.ts")).revoke)],
  ["mlflow", once(async () => (await import("./mlflow.ts")).mlflow)],
  ["registry-proxy", async () => (await import("./registry-proxy.ts")).registryProxy],
  ["trusted-root", async () => (await import("./trusted-root.ts")).trustedRoot],
  ["certs", once(async () => (await import("./certs.ts")).certs)],
  ["version", async () => (await import("./version.ts")).version],
]);

/** For commands that read a few documents and end. */
function once(load: () => Promise<Command>): () => Promise<Command> {
  return async () => {
    const { interpretSchemas } = await import("./interpret-schemas.ts");
    interpretSchemas();
    return load();
  };
}

/** Every command's name, in the order of the help. */
export const commandNames: readonly string[] = [...loaders.keys()];

/** Undefined where there is no such command. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return loaders.get(name)?.();
}

/** Every command, in the order of the help. */
export function loadCommands(): Promise<readonly Command[]> {
  return Promise.all([...loaders.values()].map((load) => load()));
}
