import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { deployment } from "../support/builders/workload.ts";
import { evaluation } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import type { Json } from "../support/artifacts.ts";
import { type Ca, issue, makeCa } from "../support/certificates.ts";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startForwardProxy, type TestForwardProxy } from "../support/forward-proxy.ts";
import { startTestGate } from "../support/gate.ts";
import { basicAuth } from "../support/hostile-registry/auth.ts";
import { startHostileRegistry } from "../support/hostile-registry/server.ts";
import { startTuf } from "../support/tuf.ts";
import { createProgram, type Program, type Ran } from "./program.ts";
import { runProxy } from "./running-proxy.ts";

jest.setTimeout(60_000);

/*
 * Names that end in `.test` are known to the proxy alone, so that whoever reaches one of them came through it. The registry asks
 * for a login and has a certificate of a private authority, as companies' have.
 */
const login = { user: "robot", password: "canary-password" };
const publicGood = join(import.meta.dirname, "../evidence/signature/fixture/public-good-trusted-root.json");

describe.each<[string, { user: string; password: string } | undefined]>([
  ["", undefined],
  [", which asks for a login", { user: "proxy-user", password: "canary: p@ss" }],
])("behind a forward proxy%s", (_, proxyLogin) => {
  describeWith(["docker-registry"], "every command goes through it, and nothing else does", () => {
    let ca: Ca;
    let registry: DockerRegistry;
    let host: string;
    let proxy: TestForwardProxy;
    let program: Program;
    let env: NodeJS.ProcessEnv;
    let pushed: string;

    beforeAll(async () => {
      ca = await makeCa();
      const tls = await issue(ca, { dns: ["registry.test"], ip: ["127.0.0.1"] });
      registry = await startDockerRegistry({ tls, htpasswd: login });
      host = `registry.test:${registry.host.split(":")[1]}`;
      proxy = await startForwardProxy(proxyLogin && { login: proxyLogin });
      program = await createProgram();
      const url = proxyLogin === undefined ? proxy.url : proxy.urlAs(proxyLogin.user, proxyLogin.password);
      env = { HTTPS_PROXY: url, http_proxy: url, DOCKER_CONFIG: "", XDG_CACHE_HOME: program.folder };
      env["DOCKER_CONFIG"] = join(program.folder, "docker");
      await program.write("docker/config.json", {
        auths: { [host]: { auth: btoa(`${login.user}:${login.password}`) } },
      });
      await program.write("ca.pem", ca.cert);
      await program.write("results/results.json", { score: 0.7 });
      const { code, out, err } = await run(
        "push",
        "results",
        "--to",
        `${host}/acme/evals:v1`,
        "--ca-file",
        "ca.pem",
        ...fields,
      );
      if (code !== 0) throw new Error(err);
      pushed = /sha256:[0-9a-f]{64}/.exec(out)?.[0] ?? "";
      expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${host}`]));
    });
    afterAll(async () => {
      await program?.remove();
      await proxy?.stop();
      await registry?.stop();
    });
    const fields = [
      "--model",
      "granite-3.1-8b-instruct",
      "--model-version",
      "3.1.0",
      "--created",
      "2026-11-19T00:00:00Z",
    ];
    const run = (...args: string[]): Promise<Ran> => program.runWith({ env }, ...args);
    /** What the proxy is asked for by this. */
    const watch = async <T>(ask: () => Promise<T>): Promise<[T, Set<string>]> => {
      const before = proxy.seen.length;
      const result = await ask();
      return [result, new Set(proxy.seen.slice(before))];
    };
    const onlyRegistry = (): Set<string> => new Set([`CONNECT ${host}`]);

    it.each<[string, (ref: string) => string[]]>([
      ["verify", (ref) => ["verify", ref]],
      ["inspect", (ref) => ["inspect", ref]],
      ["pull", (ref) => ["pull", ref, "-o", "pulled"]],
    ])("%s", async (_name, toArgs) => {
      const [{ code, err }, seen] = await watch(() =>
        run(...toArgs(`${host}/acme/evals@${pushed}`), "--ca-file", "ca.pem"),
      );
      expect({ code, err, seen }).toEqual({ code: 0, err: "", seen: onlyRegistry() });
    });

    it("check, with a client's configuration that names no policy folder, and the logins of docker login", async () => {
      await program.write("policies/policy.yaml", policyFor(host));
      await program.write("client.yaml", { caFile: "ca.pem" });
      await program.write("deploy.yaml", deployment(`${host}/acme/evals@${pushed}`));
      const args = ["check", "-f", "deploy.yaml", "--policies", "policies", "--config", "client.yaml"];
      const [{ code, out, err }, seen] = await watch(() => run(...args));
      expect({ code, err, out, seen }).toMatchObject({ code: 0, err: "", seen: onlyRegistry() });
    });

    it("mlflow verify: the MLflow server and the registry", async () => {
      const runs = createServer((_request, response) => {
        const tags = [
          { key: "assaygate.oci.reference", value: `${host}/acme/evals@${pushed}` },
          { key: "assaygate.oci.digest", value: pushed },
        ];
        const info = { run_id: "a1", lifecycle_stage: "active" };
        response.end(JSON.stringify({ run: { info, data: { tags, params: [] } } }));
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => runs.once("listening", resolve));
      const mlflow = `http://mlflow.test:${(runs.address() as AddressInfo).port}`;
      const [{ out }, seen] = await watch(() =>
        run("mlflow", "verify", "a1", "--mlflow-uri", mlflow, "--ca-file", "ca.pem"),
      );
      expect(out).toContain("✔ ");
      expect(out).not.toContain("could not look");
      expect(seen).toEqual(new Set([`GET ${mlflow}/api/2.0/mlflow/runs/get?run_id=a1`, `CONNECT ${host}`]));
      runs.closeAllConnections();
      runs.close();
    });

    it("trusted-root", async () => {
      await using tuf = await startTuf();
      tuf.publish(await readFile(publicGood, "utf8"), { version: 2 });
      await program.write("root.json", tuf.root);
      const mirror = tuf.url.replace("127.0.0.1", "tuf.test");
      const [{ code, err }, seen] = await watch(() => run("trusted-root", "--mirror", mirror, "--root", "root.json"));
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect([...seen].every((one) => one.startsWith(`GET ${mirror}/`))).toBe(true);
      expect(seen.size).toBeGreaterThan(2);
    });

    it("registry-proxy", async () => {
      const through = {
        ...program,
        runWith: (over: object, ...args: readonly string[]) => program.runWith({ env, ...over }, ...args),
      };
      const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
      const files = ["--docker-config", "docker/config.json", "--ca-file", "ca.pem", "--listen", "localhost:0"];
      const served = await runProxy(through, "--repository", `${host}/acme/evals`, ...files);
      const [answer, seen] = await watch(() => fetch(`${served.url}acme/evals/manifests/${pushed}`, { headers }));
      expect(answer.status).toBe(200);
      expect(seen).toEqual(onlyRegistry());
      await served.stop();
    });

    it("the gate, by its configuration, in which no login stands", async () => {
      const { user, password } = proxyLogin ?? { user: "nobody", password: "nothing" };
      await program.write("proxy-login", `${user}:${password}\n`);
      const credentialsFile = join(program.folder, "proxy-login");
      await using gate = await startTestGate(
        { "policy.yaml": policyFor(host) },
        {
          caFile: join(program.folder, "ca.pem"),
          proxy: { https: proxy.url, credentialsFile },
          credentials: { dockerConfigFile: join(program.folder, "docker/config.json") },
        },
      );
      const [answer, seen] = await watch(() => gate.review(review(deployment(`${host}/acme/evals@${pushed}`))));
      expect(answer).toMatchObject({ allowed: true });
      expect(seen).toEqual(onlyRegistry());
      expect(JSON.stringify(gate.log)).not.toContain("canary");
    });

    it("a registry of its own setting goes another way than the others", async () => {
      await using other = await startForwardProxy();
      await program.write("own.yaml", { caFile: "ca.pem", registries: [{ host, proxy: other.url }] });
      const [{ code }, seen] = await watch(() => run("verify", `${host}/acme/evals@${pushed}`, "--config", "own.yaml"));
      expect({ code, seen, other: new Set(other.seen) }).toEqual({ code: 0, seen: new Set(), other: onlyRegistry() });
      await program.write("none.yaml", { caFile: "ca.pem", registries: [{ host, proxy: "None" }] });
      const [direct, none] = await watch(() => run("verify", `${host}/acme/evals@${pushed}`, "--config", "none.yaml"));
      expect({ code: direct.code, none }).toEqual({ code: 3, none: new Set() });
    });
  });
});

describe("with the proxy down", () => {
  it("could not look: every command ends with 3, the gate refuses and says so", async () => {
    await using registry = await startHostileRegistry();
    const artifact = evaluation();
    registry.push("acme/evals", artifact);
    const proxy = await startForwardProxy();
    await proxy.stop();
    const program = await createProgram();
    const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, XDG_CACHE_HOME: program.folder };
    const host = `registry.test:${registry.port}`;
    await program.write("policies/policy.yaml", policyFor(host));
    await program.write("deploy.yaml", deployment(`${host}/acme/evals@${artifact.digest}`));
    await program.write("results/results.json", {});
    await using tuf = await startTuf();
    await program.write("root.json", tuf.root);
    const ref = `${host}/acme/evals@${artifact.digest}`;
    const commands = [
      ["verify", ref],
      ["inspect", ref],
      ["pull", ref, "-o", "pulled"],
      ["push", "results", "--to", `${host}/acme/evals:v1`],
      ["check", "-f", "deploy.yaml", "--policies", "policies"],
      ["mlflow", "verify", "a1", "--mlflow-uri", "https://mlflow.test"],
      ["trusted-root", "--mirror", "https://tuf.test", "--root", "root.json"],
    ];
    for (const command of commands) {
      const { code, out, err } = await program.runWith({ env }, ...command);
      expect({ command, code }).toEqual({ command, code: 3 });
      expect(`${out}${err}`).toMatch(/proxy it is asked through: connection refused|fetch failed/);
    }
    await using gate = await startTestGate({ "policy.yaml": policyFor(host) }, { proxy: { https: proxy.url } });
    const answer = await gate.review(review(deployment(ref)));
    expect(answer).toMatchObject({ allowed: false });
    expect(JSON.stringify(answer)).toContain("REGISTRY_UNAVAILABLE");
    expect(registry.connections()).toBe(0);
    await program.remove();
  });
});

describe("a refused sign-in says what helps on that side", () => {
  it("docker login on the command line; where the gate signs in, in its answer", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "s3cret" }) });
    const artifact = evaluation();
    registry.push("acme/evals", artifact);
    const program = await createProgram();
    const ref = `${registry.host}/acme/evals@${artifact.digest}`;
    const { code, err } = await program.run("verify", ref);
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining(`; sign in with docker login ${registry.host}\n`),
    });
    await program.write("results/a.json", {});
    const push = await program.run("push", "results", "--to", `${registry.host}/acme/evals:v1`);
    expect(push.err).toContain(`; sign in with docker login ${registry.host}`);
    await using gate = await startTestGate(
      { "policy.yaml": policyFor(registry.host) },
      { registries: [{ host: registry.host, plainHttp: true }], explainUrl: "https://wiki.example.com/{reason}" },
    );
    const answer = JSON.stringify(await gate.review(review(deployment(ref))));
    expect(answer).toContain("REGISTRY_DENIED");
    expect(answer).toContain("registry.credentialsSecret");
    expect(answer).toContain("explain REGISTRY_DENIED or https://wiki.example.com/REGISTRY_DENIED");
    await program.remove();
  });
});

function policyFor(host: string): Json {
  const asks = { maxAge: "3650d", model: { name: "Any", version: "Any" } };
  return policy(asks, { evidence: { repositories: [`${host}/acme/evals`] } });
}
