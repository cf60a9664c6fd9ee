import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  createDockerConfigCredentials,
  createDockerConfigFileCredentials,
} from "../../../../registry/remote/authorization/docker-credentials.ts";
import { errorOf } from "../reading.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-credentials-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A credential helper that is a shell script. What it is asked on stdin lands in `asked`. */
async function helper(name: string, script: string): Promise<{ environment: { PATH: string } }> {
  const path = join(folder, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { environment: { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` } };
}

const configWith = (token: string): string => JSON.stringify({ auths: { "quay.io": { registrytoken: token } } });
/** As Kubernetes and `docker login` do: another file takes its place. */
const replace = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
};

describe("a Docker config file", () => {
  it("is read again when it changes, and then names another identity", async () => {
    const path = join(folder, "config.json");
    await writeFile(path, configWith("first"));
    const provider = createDockerConfigFileCredentials(path);
    const before = provider.identify("quay.io", "team/evals");
    expect(await before.credentials()).toMatchObject({ token: "first" });

    await replace(path, configWith("second"));
    const after = provider.identify("quay.io", "team/evals");
    expect(await after.credentials()).toMatchObject({ token: "second" });
    expect(after.name).not.toBe(before.name);
    expect(provider.identify("quay.io", "team/evals").name).toBe(after.name);
  });

  it.each([
    ["broken", '{"auths":'],
    ["empty", ""],
  ])("that becomes %s leaves the last good one in force", async (_, text) => {
    const path = join(folder, "config.json");
    await writeFile(path, configWith("first"));
    const provider = createDockerConfigFileCredentials(path);
    await replace(path, text);
    expect(await provider.identify("quay.io", "team/evals").credentials()).toMatchObject({ token: "first" });
    await replace(path, configWith("second"));
    expect(await provider.identify("quay.io", "team/evals").credentials()).toMatchObject({ token: "second" });
  });

  it("that goes away leaves the last good one in force", async () => {
    const path = join(folder, "config.json");
    await writeFile(path, configWith("first"));
    const provider = createDockerConfigFileCredentials(path);
    await rm(path);
    expect(await provider.identify("quay.io", "team/evals").credentials()).toMatchObject({ token: "first" });
  });

  it("that was never there is an error at once", () => {
    expect(() => createDockerConfigFileCredentials(join(folder, "none.json"))).toThrow();
  });
});

describe("a credential helper", () => {
  const config = JSON.stringify({ credHelpers: { "registry.internal:5000": "fake", "docker.io": "fake" } });
  const ask = (host: string, helpers: Parameters<typeof createDockerConfigCredentials>[1]) =>
    createDockerConfigCredentials(config, helpers).identify(host, "team/evals");

  it("is asked for the host on its standard input", async () => {
    const helpers = await helper(
      "fake",
      `[ "$1" = get ] && cat > "${folder}/asked" && echo '{"Username":"robot","Secret":"s3cret"}'`,
    );
    const identity = ask("registry.internal:5000", { helpers });
    expect(await identity.credentials()).toEqual({ kind: "basic", username: "robot", password: "s3cret" });
    expect(await readFile(join(folder, "asked"), "utf8")).toBe("registry.internal:5000");
  });

  it("is asked for Docker Hub under the key that docker login uses", async () => {
    const helpers = await helper("fake", `cat > "${folder}/asked"; echo '{"Username":"robot","Secret":"s3cret"}'`);
    await ask("docker.io", { helpers }).credentials();
    expect(await readFile(join(folder, "asked"), "utf8")).toBe("https://index.docker.io/v1/");
  });

  it("gives an identity token under the user name <token>", async () => {
    const helpers = await helper("fake", `echo '{"Username":"<token>","Secret":"refresh"}'`);
    const credentials = await ask("registry.internal:5000", { helpers }).credentials();
    expect(credentials).toEqual({ kind: "identity-token", username: "<token>", token: "refresh" });
  });

  it("that holds nothing for the host means anonymous", async () => {
    const helpers = await helper("fake", "echo credentials not found in native keychain; exit 1");
    expect(await ask("registry.internal:5000", { helpers }).credentials()).toBeUndefined();
  });

  it("is not run unless that is enabled", async () => {
    await helper("fake", `touch "${folder}/ran"; echo '{"Username":"robot","Secret":"s3cret"}'`);
    const identity = ask("registry.internal:5000", {});
    expect(identity.name).toBe("anonymous");
    await expect(readFile(join(folder, "ran"))).rejects.toThrow("ENOENT");
  });

  it("sees the environment that it is given and no other", async () => {
    const { environment } = await helper(
      "fake",
      `env > "${folder}/env"; echo '{"Username":"robot","Secret":"s3cret"}'`,
    );
    await ask("registry.internal:5000", {
      helpers: { environment: { ...environment, AWS_REGION: "eu" } },
    }).credentials();
    const seen = await readFile(join(folder, "env"), "utf8");
    expect(seen).toContain("AWS_REGION=eu");
    expect(seen).not.toContain("HOME=");
  });

  it.each([
    ["fails", `echo canary-secret; echo canary-secret >&2; exit 3`],
    ["prints no JSON", `echo canary-secret`],
    ["prints JSON without a secret", `echo '{"Username":"canary-secret"}'`],
    ["prints null", `echo null`],
    ["never ends", `echo canary-secret; exec sleep 60`],
    ["prints without end", `exec yes canary-secret`],
    [
      "prints 100 kB of secret",
      `printf '{"Username":"robot","Secret":"'; head -c 100000 /dev/zero | tr '\\0' x; echo '"}'`,
    ],
  ])("that %s is denied, and nothing it printed is repeated", async (_, script) => {
    const { environment } = await helper("fake", script);
    const identity = ask("registry.internal:5000", { helpers: { environment, timeoutMs: 300 } });
    const error = await errorOf(identity.credentials());
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(`${error.message} ${String(error.cause)}`).not.toContain("canary");
  });

  it("that does not exist is denied", async () => {
    const error = await errorOf(
      ask("registry.internal:5000", { helpers: { environment: { PATH: folder } } }).credentials(),
    );
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
  });
});

describe("where credentials are looked for", () => {
  const config = JSON.stringify({
    auths: { "quay.io": { registrytoken: "entry" }, "ghcr.io": { registrytoken: "entry" }, "store.example": {} },
    credHelpers: { "quay.io": "own" },
    credsStore: "store",
  });

  it("is the host's helper, then the entry, then the store", async () => {
    const { environment } = await helper("own", "");
    const provider = createDockerConfigCredentials(config, { helpers: { environment } });
    expect(provider.identify("quay.io", "a").name).toBe("credential-helper:own");
    expect(provider.identify("ghcr.io", "a").name).toMatch(/^docker-config:/);
    expect(provider.identify("store.example", "a").name).toBe("credential-helper:store");
  });

  it("is only the entry where helpers are not enabled", () => {
    const provider = createDockerConfigCredentials(config);
    expect(provider.identify("quay.io", "a").name).toMatch(/^docker-config:/);
    expect(provider.identify("store.example", "a").name).toBe("anonymous");
  });
});
