import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { stringify } from "yaml";
import { configSchema } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import { ConfigError } from "../../config/config-error.ts";
import { readNetwork, readOwnNetwork } from "../../config/network.ts";
import { issue, makeCa } from "../support/certificates.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";

jest.setTimeout(60_000);

const root = join(import.meta.dirname, "../..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "assaygate-network-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const load = (config: object): unknown =>
  loadConfig(write("config.yaml", stringify({ policies: { directory: "p" }, ...config })));

describe("the network in the configuration", () => {
  it.each<[string, object, RegExp]>([
    [
      "a proxy with a login",
      { proxy: { https: "http://u:canary@a:1" } },
      /proxy\.https: expected a proxy as http:\/\/HOST:PORT.*credentialsFile/,
    ],
    [
      "a proxy of another protocol",
      { proxy: { https: "socks5://a:1" } },
      /proxy\.https: expected a proxy as http:\/\//,
    ],
    ["a proxy with a path", { proxy: { http: "http://a:1/x" } }, /proxy\.http: expected a proxy as/],
    [
      "a proxy with a port that is none",
      { proxy: { http: "http://a:99999" } },
      /proxy\.http: expected a host, and a port/,
    ],
    [
      "a URL in noProxy",
      { proxy: { noProxy: ["https://a.example"] } },
      /proxy\.noProxy\[0\]: expected a name \(example\.com/,
    ],
    ["a list in noProxy", { proxy: { noProxy: ["a.example,b.example"] } }, /proxy\.noProxy\[0\]: expected one entry/],
    [
      "a range in noProxy that is none",
      { proxy: { noProxy: ["10.0.0.0/99"] } },
      /proxy\.noProxy\[0\]: expected a name/,
    ],
    ["an unknown key", { proxy: { noproxy: [] } }, /did you mean noProxy\?/],
    ["a registry's proxy", { registries: [{ host: "a", proxy: "none" }] }, /registries\[0\]\.proxy/],
    ["a mirror's proxy", { registries: [{ host: "a", mirror: { url: "https://b", proxy: "b:1" } }] }, /mirror\.proxy/],
    ["an empty caFile", { caFile: "" }, /caFile/],
    ["a page that is none", { explainUrl: "wiki" }, /explainUrl: expected a page as https:\/\/HOST\/PATH/],
    ["a page of a script", { explainUrl: "javascript:alert(1)" }, /explainUrl: expected a page/],
    ["a page with a login", { explainUrl: "https://u:canary@wiki.example.com/" }, /explainUrl: expected a page/],
    [
      "a page with another placeholder",
      { explainUrl: "https://wiki.example.com/{code}" },
      /explainUrl: expected a page/,
    ],
    ["a page whose host is the reason", { explainUrl: "https://{reason}.example.com" }, /explainUrl: expected a page/],
    ["a page of two lines", { explainUrl: "https://wiki.example.com/\nand more" }, /explainUrl: expected a page/],
    ["a page without end", { explainUrl: `https://wiki.example.com/${"a".repeat(300)}` }, /at most 256 characters/],
  ])("is refused with %s", (_what, config, message) => {
    expect(() => load(config)).toThrow(ConfigError);
    expect(() => load(config)).toThrow(message);
    expect(() => load(config)).toThrow(/^(?!.*canary)/s);
  });

  it("is taken", () => {
    const proxy = { https: "http://proxy.example.com:3128", noProxy: ["example.com", "10.0.0.0/8", "*", "[::1]:5000"] };
    const registries = [
      { host: "a", proxy: "None" },
      { host: "b", proxy: "https://proxy.example.com" },
    ];
    const explainUrl = "https://wiki.example.com/assaygate#{reason}";
    expect(load({ proxy, registries, explainUrl })).toMatchObject({ proxy, registries, explainUrl });
  });

  const https = new URL("https://quay.io/");
  const parsed = (config: object) => configSchema.parse({ policies: {}, ...config });

  it("takes the place of the environment's proxies, all of them", () => {
    const environment = { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://a:1" };
    const chosen = (config: object) => readNetwork(parsed(config), environment).chooseProxy(https)?.origin;
    expect([chosen({}), chosen({ proxy: {} }), chosen({ proxy: { https: "http://b:2" } })]).toEqual([
      "http://a:1",
      undefined,
      "http://b:2",
    ]);
  });

  it("of one registry goes before that of all", () => {
    const shared = readNetwork(parsed({ proxy: { https: "http://a:1", noProxy: ["*"] } }), {});
    expect(readOwnNetwork({}, shared).chooseProxy(https)).toBeUndefined();
    expect(readOwnNetwork({ proxy: "http://b:2" }, shared).chooseProxy(https)?.origin).toBe("http://b:2");
  });

  it.each<[string, object, NodeJS.ProcessEnv, RegExp]>([
    ["a bundle that is not there", { caFile: "/nowhere/ca.pem" }, {}, /^\/nowhere\/ca\.pem: cannot be read \(ENOENT\)/],
    ["a bundle that is none", { caFile: import.meta.filename }, {}, /holds no certificate: expected PEM/],
    [
      "SSL_CERT_FILE, which is not there",
      {},
      { SSL_CERT_FILE: "/nowhere/ca.pem" },
      /^SSL_CERT_FILE: \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
    ],
    [
      "a variable that names no proxy",
      {},
      { HTTPS_PROXY: "socks5://canary" },
      /^the environment: HTTPS_PROXY: expected a proxy/,
    ],
    [
      "no file of a login",
      { proxy: { https: "http://a:1", credentialsFile: "/nowhere/login" } },
      {},
      /^\/nowhere\/login: cannot be read/,
    ],
  ])("says why it cannot be used: %s", (_what, config, environment, message) => {
    expect(() => readNetwork(parsed(config), environment)).toThrow(ConfigError);
    expect(() => readNetwork(parsed(config), environment)).toThrow(message);
  });

  it("says that a file holds no login, and nothing of what it holds", () => {
    const credentialsFile = write("login", "canary");
    const read = () => readNetwork(parsed({ proxy: { https: "http://a:1", credentialsFile } }), {});
    expect(read).toThrow(`${credentialsFile}: expected one line, USER:PASSWORD`);
  });
});

describe("the program", () => {
  const run = promisify(execFile);
  const digest = `sha256:${"0".repeat(64)}`;

  it("trusts the store that SSL_CERT_FILE names, and without it not", async () => {
    const ca = await makeCa();
    const server = createServer({ ...(await issue(ca, { ip: ["127.0.0.1"] })) }, (_request, response) =>
      response.writeHead(404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const ref = `127.0.0.1:${(server.address() as AddressInfo).port}/acme/evals@${digest}`;
    const verify = (env: NodeJS.ProcessEnv) =>
      run(process.execPath, [join(root, "cli/main.ts"), "verify", ref], { env: { HOME: folder, ...env } }).catch(
        (error: unknown) => error,
      );
    expect(await verify({ SSL_CERT_FILE: write("ca.pem", ca.cert) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("shows no sha256:000"),
    });
    expect(await verify({})).toMatchObject({ code: 3, stderr: expect.stringContaining("certificate not trusted") });
    server.closeAllConnections();
    server.close();
  });

  it("never asks the API server through a proxy, whatever the environment says", async () => {
    await using proxy = await startForwardProxy();
    const kubeconfig = {
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      clusters: [{ name: "a", cluster: { server: "https://api.test:1", "insecure-skip-tls-verify": true } }],
      users: [{ name: "a", user: { token: "t" } }],
    };
    const env = { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url };
    const args = ["certs", "show", "--kubeconfig", write("kubeconfig", stringify(kubeconfig)), "--secret", "a/b"];
    const ask = (more: NodeJS.ProcessEnv) =>
      run(process.execPath, [join(root, "cli/main.ts"), ...args], { env: { ...env, ...more } }).catch(
        (error: unknown) => error,
      );
    expect(await ask({})).toMatchObject({ stderr: expect.stringContaining("api.test") });
    await ask({ NODE_USE_ENV_PROXY: "1" });
    expect(proxy.seen).toEqual([]);
  });
});
