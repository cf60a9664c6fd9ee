import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { makeTestKey } from "../support/signatures.ts";
import {
  startSigstore,
  tokenOf,
  type Misbehaviour,
  type SigstoreService,
  type TestSigstore,
} from "../support/sigstore.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

jest.setTimeout(60_000);

const issuer = "https://token.actions.githubusercontent.com";
const identity = "https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main";
const now = (): Date => new Date();
const files = ["--signing-config", "signing.json", "--trusted-root", "root.json"];

let sigstore: TestSigstore;
let program: Program;
let digest: string;
let token: string;

beforeAll(async () => {
  sigstore = await startSigstore();
});
afterAll(async () => sigstore?.[Symbol.asyncDispose]());
beforeEach(async () => {
  token = tokenOf(issuer, identity);
  program = await createProgram();
  await program.write("results/results.json", { accuracy: 0.64 });
  await program.write("signing.json", sigstore.signingConfig);
  await program.write("root.json", sigstore.trustedRoot);
  const pushed = await program.run("push", "results", "--to", "oci-layout:out:v1", "-o", "json");
  digest = (JSON.parse(pushed.out) as { digest: string }).digest;
  sigstore.misbehaviour.clear();
  sigstore.requests.length = 0;
});
afterEach(() => program.remove());

const reference = (): string => `oci-layout:out@${digest}`;
const sign = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> =>
  program.runWith({ env, now }, "sign", reference(), ...args);
const signed = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ digest: string }> => {
  const ran = await sign(env, ...files, ...args, "-o", "json");
  expect(ran).toMatchObject({ code: 0, err: "" });
  return JSON.parse(ran.out) as { digest: string };
};
/** What the layout holds: nothing is half attached where that stays as it was. */
const content = async (): Promise<unknown> => [
  await readFile(join(program.folder, "out/index.json"), "utf8"),
  (await readdir(join(program.folder, "out/blobs/sha256"))).toSorted(),
];
const verify = async (named: string): Promise<Ran> => {
  await program.write("config.yaml", {
    policies: { directory: "." },
    signatures: { trustedRoot: join(program.folder, "root.json") },
  });
  const who = ["--certificate-oidc-issuer", issuer, "--certificate-identity", named];
  return program.runWith({ now }, "verify", reference(), "--config", "config.yaml", ...who);
};

describe("sign without a key", () => {
  it("attaches what verify accepts for the token's identity, and for no other", async () => {
    const { code, out, err } = await sign({ SIGSTORE_ID_TOKEN: token }, ...files);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^signature: {2}sha256:[0-9a-f]{64}\nsigned by: {2}https:\/\/github\.com\/acme\S+\nissuer: +https:\S+\n$/,
    );
    expect(await verify(identity)).toMatchObject({ code: 0 });
    expect(await verify(`${identity}x`)).toMatchObject({ code: 1 });
    expect(out).not.toContain(token);
  });

  it("signs a digest once for each identity, and asks the log once", async () => {
    const first = await signed({ SIGSTORE_ID_TOKEN: token });
    const before = await content();
    expect(await signed({ SIGSTORE_ID_TOKEN: tokenOf(issuer, identity) })).toEqual(first);
    expect(await content()).toEqual(before);
    expect(sigstore.requests.filter((path) => path === "/api/v1/log/entries")).toHaveLength(1);
    const other = await signed({ SIGSTORE_ID_TOKEN: tokenOf(issuer, `${identity}-two`) });
    expect(other.digest).not.toBe(first.digest);
  });

  it("signs while it pushes, in one command", async () => {
    const args = ["push", "results", "--to", "oci-layout:out:v2", "--sign", "keyless", ...files, "-o", "json"];
    const { code, out, err } = await program.runWith({ env: { SIGSTORE_ID_TOKEN: token }, now }, ...args);
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining(token) });
    const pushed = JSON.parse(out) as { digest: string; signedBy: unknown };
    expect(pushed.signedBy).toEqual({ identity, issuer });
    digest = pushed.digest;
    expect(await verify(identity)).toMatchObject({ code: 0 });
  });

  it("takes the trusted root from the configuration, and a token from a file", async () => {
    await program.write("token", `${token}\n`);
    await verify(identity);
    const { code, err } = await sign(
      {},
      "--signing-config",
      "signing.json",
      "--config",
      "config.yaml",
      "--identity-token",
      "token",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("signs with a timestamp alone where there is no log, and says what a policy needs then", async () => {
    const config = JSON.parse(sigstore.signingConfig) as Record<string, unknown>;
    await program.write("signing.json", { ...config, rekorTlogUrls: [], rekorTlogConfig: undefined });
    // The stand-in's clock runs ahead by a minute, and its certificates are valid for ten.
    const { code, out } = await sign({ SIGSTORE_ID_TOKEN: token }, ...files);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("transparencyLog: NotRequired") });
  });
});

describe("sign with a key", () => {
  it("signs what was pushed before", async () => {
    const key = makeTestKey("P-256");
    await program.write("own.key", key.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await program.write("own.pub", key.pem);
    expect(await sign({}, "--key", "own.key")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^signature: +sha256:\S+\n$/),
    });
    expect(await program.run("verify", reference(), "--key", "own.pub")).toMatchObject({ code: 0 });
  });
});

const claims = (over: object): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const whole = { iss: issuer, sub: identity, aud: "sigstore", exp: Math.floor(Date.now() / 1_000) + 600, ...over };
  return `${part({ alg: "none" })}.${part(whole)}.s3cret`;
};

describe("nothing is attached, and nothing is asked,", () => {
  it.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
    ["without a token", () => ({}), /no identity token to sign with: set SIGSTORE_ID_TOKEN, name a file/],
    [
      "in GitHub Actions without a permission",
      () => ({ GITHUB_ACTIONS: "true" }),
      /needs permissions: id-token: write/,
    ],
    ["in GitLab without a token", () => ({ GITLAB_CI: "true" }), /needs id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore/],
    ["with what is not a token", () => ({ SIGSTORE_ID_TOKEN: "s3cret" }), /SIGSTORE_ID_TOKEN: is not an OIDC identity/],
    ["with a token that is not JSON", () => ({ SIGSTORE_ID_TOKEN: "a.s3cret.c" }), /is not an OIDC identity token/],
    ["with blanks", () => ({ SIGSTORE_ID_TOKEN: "  " }), /SIGSTORE_ID_TOKEN: the identity token is empty/],
    ["with too long a token", () => ({ SIGSTORE_ID_TOKEN: `${"s3cret".repeat(20_000)}.a.b` }), /is not an OIDC/],
    [
      "with a token that has expired",
      () => ({ SIGSTORE_ID_TOKEN: claims({ exp: 1_700_000_000 }) }),
      /the identity token of https:\/\/token\S+ expired at 2023-11-14T22:13:20.000Z: get a new one/,
    ],
    [
      "with a time that is none",
      () => ({ SIGSTORE_ID_TOKEN: claims({ exp: 1e300 }) }),
      /the identity token of https:\/\/token\S+ expired: get a new one/,
    ],
    [
      "with a mail address that is not verified",
      () => ({ SIGSTORE_ID_TOKEN: claims({ email: "ann@example.com", email_verified: false }) }),
      /has not verified the mail address/,
    ],
    ["with a token about nobody", () => ({ SIGSTORE_ID_TOKEN: claims({ sub: undefined }) }), /it has no subject/],
    [
      "with an address of GitHub's over plain HTTP",
      () => ({ ACTIONS_ID_TOKEN_REQUEST_URL: "http://example.com/s3cret", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "s3cret" }),
      /ACTIONS_ID_TOKEN_REQUEST_URL is not an address that begins with https/,
    ],
  ])("%s", async (_, env, words) => {
    const before = await content();
    const ran = await sign(env(), ...files);
    expect(ran).toEqual({ code: 2, out: "", err: expect.stringMatching(words) });
    expect(ran.err).not.toMatch(/s3cret/);
    expect([await content(), sigstore.requests]).toEqual([before, []]);
  });

  it.each<[string, () => Promise<unknown>, readonly string[], RegExp]>([
    ["without services", async () => {}, ["--trusted-root", "root.json"], /needs --signing-config and --trusted-root/],
    [
      "without a root",
      async () => {},
      ["--signing-config", "signing.json"],
      /needs --signing-config and --trusted-root/,
    ],
    [
      "with the root in place of services",
      async () => {},
      ["--signing-config", "root.json", "--trusted-root", "root.json"],
      /root\.json: it is not a signing_config/,
    ],
    [
      "with services in place of the root",
      async () => {},
      ["--signing-config", "signing.json", "--trusted-root", "signing.json"],
      /it is not a trusted_root/,
    ],
    [
      "with an authority over plain HTTP",
      () =>
        program.write("signing.json", sigstore.signingConfig.replaceAll("http://127.0.0.1", "http://fulcio.example")),
      files,
      /no address that begins with https/,
    ],
    [
      "with services that are no longer valid",
      () =>
        program.write(
          "signing.json",
          sigstore.signingConfig.replaceAll(
            /"validFor":{"start":"[^"]+"}/g,
            '"validFor":{"start":"2020-01-01T00:00:00Z","end":"2021-01-01T00:00:00Z"}',
          ),
        ),
      files,
      /names no certificate authority that can be used now/,
    ],
    [
      "with services of another version",
      () =>
        program.write("signing.json", sigstore.signingConfig.replaceAll('"majorApiVersion":1', '"majorApiVersion":7')),
      files,
      /names no certificate authority that can be used now/,
    ],
    [
      "with more logs asked for than there are",
      () => program.write("signing.json", sigstore.signingConfig.replace('"ANY"', '"EXACT","count":2')),
      files,
      /names 1 of each transparency log that can be used now, and asks for 2/,
    ],
    [
      "with nobody who tells the time",
      () => program.write("signing.json", { ...JSON.parse(sigstore.signingConfig), rekorTlogUrls: [], tsaUrls: [] }),
      files,
      /neither a transparency log nor a timestamp authority/,
    ],
    [
      "with a token in a file that is not there",
      async () => {},
      [...files, "--identity-token", "none"],
      /--identity-token none: there is no such file/,
    ],
  ])("%s", async (_, prepare, args, words) => {
    await prepare();
    const before = await content();
    expect(await sign({ SIGSTORE_ID_TOKEN: token }, ...args)).toEqual({
      code: 2,
      out: "",
      err: expect.stringMatching(words),
    });
    expect([await content(), sigstore.requests]).toEqual([before, []]);
  });
});

describe("nothing is attached where", () => {
  it.each<[string, SigstoreService, () => Misbehaviour, number, RegExp]>([
    [
      "the authority does not take the token",
      "fulcio",
      () => ({ status: 400, body: JSON.stringify({ code: 16, message: `no issuer for ${token}` }) }),
      1,
      /the certificate authority 127\.0\.0\.1:\d+ answered "400: no issuer for …[^\n]*"; nothing was attached. The token of SIGSTORE_ID_TOKEN is by https:\S+, for the audience sigstore: does/,
    ],
    ["the authority forbids it", "fulcio", () => ({ status: 403, body: "{}" }), 1, /answered 403: Forbidden; nothing/],
    [
      "the authority has trouble",
      "fulcio",
      () => ({ status: 503, body: "{}" }),
      3,
      /answered 503: Service Unavailable; nothing was attached, try again later/,
    ],
    [
      "the authority cannot be reached",
      "fulcio",
      () => "closed",
      3,
      /the certificate authority 127\S+ [^\n]*nothing was attached, try again/,
    ],
    [
      "the authority answers nonsense",
      "fulcio",
      () => ({ status: 200, body: '{"a":1}' }),
      3,
      /the certificate authority/,
    ],
    [
      "the authority answers no certificate",
      "fulcio",
      () => ({ status: 200, body: '{"signedCertificateEmbeddedSct":{"chain":{"certificates":["s3cret"]}}}' }),
      1,
      /names no identity, or no issuer: nothing was attached/,
    ],
    [
      "the log has trouble",
      "rekor",
      () => ({ status: 500, body: "{}" }),
      3,
      /the transparency log 127\S+ answered 500: Internal Server Error; nothing was attached, try again later/,
    ],
    [
      "the log cannot be reached",
      "rekor",
      () => "closed",
      3,
      /the transparency log 127\S+ [^\n]*nothing was attached, try again/,
    ],
    [
      "the log refuses",
      "rekor",
      () => ({ status: 400, body: '{"message":"bad entry"}' }),
      1,
      /the transparency log 127\S+ answered 400: bad entry/,
    ],
    ["the log answers nonsense", "rekor", () => ({ status: 201, body: '{"a":{}}' }), 3, /the transparency log/],
    [
      "the timestamp authority has trouble",
      "tsa",
      () => ({ status: 500, body: "{}" }),
      3,
      /the timestamp authority 127\S+ answered 500/,
    ],
  ])("%s", async (_, service, misbehaviour, code, words) => {
    sigstore.misbehaviour.set(service, misbehaviour());
    const before = await content();
    const ran = await sign({ SIGSTORE_ID_TOKEN: token }, ...files);
    expect(ran).toEqual({ code, out: "", err: expect.stringMatching(words) });
    expect(ran.err).not.toContain(token);
    expect(ran.err).not.toMatch(/at .*\.[jt]s:\d/);
    expect(await content()).toEqual(before);
  });

  it("the signature does not hold under the trusted root", async () => {
    await using another = await startSigstore();
    await program.write("root.json", another.trustedRoot);
    const before = await content();
    const { code, err } = await sign({ SIGSTORE_ID_TOKEN: token }, ...files);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/does not verify under the trusted root, and was not attached: /),
    });
    expect(await content()).toEqual(before);
  });

  it("the time is up", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await program.write("signing.json", sigstore.signingConfig.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, url));
    try {
      const { code, err } = await sign({ SIGSTORE_ID_TOKEN: token }, ...files, "--timeout", "1s");
      expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining("gave no answer in time") });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe("GitHub's service for tokens", () => {
  const withService = async (
    answer: { status: number; body: string },
    use: (env: NodeJS.ProcessEnv, seen: unknown[]) => Promise<void>,
  ): Promise<void> => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.url, request.headers.authorization]);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2`;
    try {
      await use(
        { GITHUB_ACTIONS: "true", ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "s3cret" },
        seen,
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it("is asked for one for Sigstore", async () => {
    await withService({ status: 200, body: JSON.stringify({ value: token }) }, async (env, seen) => {
      await signed(env);
      expect(seen).toEqual([["/token?api-version=2&audience=sigstore", "Bearer s3cret"]]);
      expect(await verify(identity)).toMatchObject({ code: 0 });
    });
  });

  it.each<[string, { status: number; body: string }, number, RegExp]>([
    ["refuses", { status: 403, body: "s3cret" }, 1, /answered 403 Forbidden: does the job have permissions: id-token/],
    ["has trouble", { status: 500, body: "s3cret" }, 3, /answered 500/],
    ["answers nonsense", { status: 200, body: "s3cret" }, 3, /did not answer with a token/],
    [
      "answers too much",
      { status: 200, body: `{"value":"${"s3cret".repeat(100_000)}"}` },
      3,
      /did not answer with a token/,
    ],
  ])("%s", async (_, answer, code, words) => {
    await withService(answer, async (env) => {
      const before = await content();
      const ran = await sign(env, ...files);
      expect(ran).toEqual({ code, out: "", err: expect.stringMatching(words) });
      expect(ran.err).not.toContain("s3cret");
      expect(await content()).toEqual(before);
    });
  });
});
