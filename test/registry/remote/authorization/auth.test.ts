import { describe, expect, it } from "@jest/globals";
import type { CredentialsProvider } from "../../../../registry/remote/authorization/credentials.ts";
import { createDockerConfigCredentials } from "../../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource } from "../../../../registry/remote/http-source.ts";
import { basicAuth, type RegistryAuth, tokenAuth, tokenService } from "../../../support/hostile-registry/auth.ts";
import type { Fault } from "../../../support/hostile-registry/exchange.ts";
import { challenge, drip, endless, hang, redirect, status } from "../../../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../../../support/hostile-registry/server.ts";
import { digestOf } from "../../../support/hostile-registry/store.ts";
import { errorOf, outcomeOf, patient, plain, read, repository, testClock } from "../reading.ts";

const missing = digestOf(Buffer.from("never pushed"));
const robot = { auth: btoa("robot:s3cret") };
const basicHeader = `Basic ${btoa("robot:s3cret")}`;

function credentials(registry: HostileRegistry, entry: object = robot): CredentialsProvider {
  return createDockerConfigCredentials(JSON.stringify({ auths: { [registry.host]: entry } }));
}

const json = (body: unknown) => status(200, { "content-type": "application/json" }, JSON.stringify(body));

describe("the Bearer flow", () => {
  it("gets an anonymous token for pulling this repository", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");

    const [first, token, second] = registry.requests;
    expect(registry.requests).toHaveLength(3);
    expect(first?.headers.authorization).toBeUndefined();
    expect(token).toMatchObject({ method: "GET", kind: "token" });
    expect(token?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(token?.url.searchParams ?? [])).toEqual({
      service: tokenService,
      scope: `repository:${repository}:pull`,
    });
    expect(second?.headers.authorization).toBe("Bearer issued-token-1");
  });

  it("shows user and password to the token service and never to the registry", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ users: { robot: "s3cret" } }) });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    const digest = registry.putBlob(repository, "layer");
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.asked("token").map(({ headers }) => headers.authorization)).toEqual([basicHeader]);
    expect(registry.asked("blob").map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer issued-token-1",
    ]);
  });

  it("sends an identity token by POST", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ identityTokens: ["refresh"] }) });
    const entry = { identitytoken: "refresh" };
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry, entry) });
    const digest = registry.putBlob(repository, "layer");
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    const [token] = registry.asked("token");
    expect(token?.method).toBe("POST");
    expect(token?.target).toBe("/token");
    expect(Object.fromEntries(token?.form ?? [])).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh",
      client_id: "assaygate",
      service: tokenService,
      scope: `repository:${repository}:pull`,
    });
  });

  it.each([404, 405])("sends an identity token by GET where POST is answered %i", async (postStatus) => {
    const auth = tokenAuth({ users: { "<token>": "refresh" }, postStatus });
    await using registry = await startHostileRegistry({ auth });
    const entry = { identitytoken: "refresh" };
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry, entry) });
    const digest = registry.putBlob(repository, "layer");
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.asked("token").map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  it("does not try a refused identity token again as a password", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ identityTokens: ["another"] }) });
    const entry = { identitytoken: "refresh" };
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry, entry) });
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable denied");
    expect(registry.asked("token").map(({ method }) => method)).toEqual(["POST"]);
  });

  it("sends a registry token as it is", async () => {
    await using registry = await startHostileRegistry();
    const entry = { registrytoken: "access" };
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry, entry) });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(challenge(`Bearer realm="https://elsewhere.example"`), { times: 1 });
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer access"]);
  });

  it("takes access_token for token", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(challenge(`Bearer realm="${registry.url}/token"`), { kind: "blob", times: 1 });
    registry.misbehave(json({ access_token: "access" }), { kind: "token" });
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer access");
  });

  it.each([
    { token: "", access_token: "access" },
    { token: null, access_token: "access" },
    { token: "access", access_token: "" },
  ])("takes whichever of the two is there: %j", async (answer) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(challenge(`Bearer realm="${registry.url}/token"`), { kind: "blob", times: 1 });
    registry.misbehave(json(answer), { kind: "token" });
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer access");
  });

  it("whose realm is not allowed hides no Basic", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "s3cret" }) });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(challenge(['Bearer realm="https://evil.example/token"', 'Basic realm="r"']), { times: 1 });
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, basicHeader]);
  });

  it("whose realm is not allowed is named where there is nothing to show to Basic", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(challenge(['Bearer realm="https://evil.example/token"', 'Basic realm="r"']));
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.message).toContain("names a token service that is not allowed for it (tokenRealms)");
  });

  it("asks for pull and nothing else, whatever the challenge asks for", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const realm = `${registry.url}/token?account=evil&scope=registry:catalog:*`;
    registry.misbehave(challenge(`Bearer realm="${realm}",scope="repository:other:push,pull"`), { times: 1 });
    expect(await outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient))).toBe("absent");
    const [token] = registry.asked("token");
    expect(token?.url.searchParams.getAll("scope")).toEqual([`repository:${repository}:pull`]);
  });

  it("prefers Bearer to Basic", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ users: { robot: "s3cret" } }) });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    registry.misbehave(challenge(['Basic realm="r"', `Bearer realm="${registry.url}/token"`]), { times: 1 });
    expect(await outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient))).toBe("absent");
    expect(registry.asked("token")).toHaveLength(1);
  });
});

describe("a token", () => {
  it("is used for as long as it lives, and then replaced", async () => {
    const auth = tokenAuth({ anonymous: true, expiresInSeconds: 60 });
    await using registry = await startHostileRegistry({ auth });
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry)], clock });
    const digest = registry.putBlob(repository, "layer");
    const pull = async (): Promise<void> =>
      void (await read(await source.blob(`${registry.host}/${repository}`, digest, patient)));

    await pull();
    clock.nowMs += 54_000;
    await pull();
    expect(auth.issued).toHaveLength(1);
    expect(registry.requests).toHaveLength(4);
    clock.nowMs += 2_000; // 4 seconds are left: too few to be sure
    await pull();
    expect(auth.issued).toHaveLength(2);
  });

  it("lives a minute where the service does not say", async () => {
    const auth = tokenAuth({ anonymous: true, expiresInSeconds: null });
    await using registry = await startHostileRegistry({ auth });
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry)], clock });
    const pull = (): Promise<string> => outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    await pull();
    clock.nowMs += 50_000;
    await pull();
    expect(auth.issued).toHaveLength(1);
    clock.nowMs += 10_000;
    await pull();
    expect(auth.issued).toHaveLength(2);
  });

  it("is fetched once for many requests at the same time", async () => {
    const auth = tokenAuth({ anonymous: true });
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const one = async (): Promise<string> =>
      (await read(await source.blob(`${registry.host}/${repository}`, digest, patient))).toString();
    expect(await Promise.all(Array.from({ length: 20 }, one))).toEqual(Array(20).fill("layer"));
    expect(auth.issued).toHaveLength(1);
  });

  it("outlives the review that asked for it first", async () => {
    const auth = tokenAuth({ anonymous: true });
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const impatient = new AbortController();
    const waiting = Promise.withResolvers<() => void>();
    registry.misbehave(({ honest, send }) => waiting.resolve(() => send(honest)), { kind: "token", times: 1 });

    const first = outcomeOf(source.blob(`${registry.host}/${repository}`, digest, impatient.signal));
    const release = await waiting.promise;
    const second = source.blob(`${registry.host}/${repository}`, digest, patient);
    impatient.abort();
    expect(await first).toBe("unavailable out-of-time");
    release();
    expect((await read(await second)).toString()).toBe("layer");
    expect(auth.issued).toHaveLength(1);
  });

  it("is for one repository only", async () => {
    const auth = tokenAuth({ anonymous: true });
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry)] });
    expect(await outcomeOf(source.blob(`${registry.host}/team/a`, missing, patient))).toBe("absent");
    expect(await outcomeOf(source.blob(`${registry.host}/team/b`, missing, patient))).toBe("absent");
    expect(registry.asked("blob").map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer issued-token-1",
      undefined,
      "Bearer issued-token-2",
    ]);
  });

  it("is for one identity only", async () => {
    const auth = tokenAuth({ anonymous: true, users: { robot: "s3cret" } });
    await using registry = await startHostileRegistry({ auth });
    let provider = credentials(registry, {});
    const credentialsOfToday = { identify: (...args: [string, string]) => provider.identify(...args) };
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentialsOfToday });
    const pull = (): Promise<string> => outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    await pull();
    provider = credentials(registry);
    await pull();
    await pull();
    expect(registry.asked("token").map(({ headers }) => headers.authorization)).toEqual([undefined, basicHeader]);
    expect(auth.issued).toHaveLength(2);
  });

  it.each([401, 403])("that is no longer taken (%i) is replaced once", async (code) => {
    const auth = tokenAuth({ anonymous: true });
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const pull = async (): Promise<string> =>
      (await read(await source.blob(`${registry.host}/${repository}`, digest, patient))).toString();
    await pull();
    auth.revoke();
    registry.misbehave(status(code), { kind: "blob", times: 1 }); // and does not say why
    expect(await pull()).toBe("layer");
    expect(auth.issued).toHaveLength(2);
  });

  it("that is fresh and still refused is a denial", async () => {
    const auth = tokenAuth({ anonymous: true });
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 5 })] });
    registry.misbehave(challenge(`Bearer realm="${registry.url}/token"`), { kind: "blob" });
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable denied");
    expect(registry.requests).toHaveLength(3);
  });
});

/** Tells strangers nothing: neither that something is there, nor how to log in. */
function hidden(code: number, inner: RegistryAuth, frontDoor = true): Fault {
  return ({ recorded, honest, send }) => {
    const { authorization } = recorded.headers;
    if (recorded.kind === "token" || (recorded.kind === "ping" && frontDoor)) return send(honest);
    if (recorded.kind === "ping") return send({ status: 200, headers: {}, body: Buffer.from("{}") });
    if (authorization !== undefined && inner.challenge(recorded, "http://registry") === undefined) return send(honest);
    send({ status: code, headers: {}, body: Buffer.alloc(0) });
  };
}

describe("a repository that is hidden from strangers", () => {
  const basics = () => basicAuth({ robot: "s3cret" });
  const tokens = () => tokenAuth({ users: { robot: "s3cret" } });

  it.each<[number, string, () => RegistryAuth, boolean]>([
    [404, "Basic at the front door", basics, true],
    [403, "Basic at the front door", basics, true],
    [401, "Basic at the front door", basics, true],
    [404, "a token service at the front door", tokens, true],
    [403, "a token service at the front door", tokens, true],
    [404, "nobody who asks", basics, false],
    [403, "nobody who asks", basics, false],
  ])("behind %i, with %s, is read with the credentials for it", async (code, _, make, frontDoor) => {
    const auth = make();
    await using registry = await startHostileRegistry({ auth });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(hidden(code, auth, frontDoor));
    const pull = async (): Promise<string> =>
      (await read(await source.blob(`${registry.host}/${repository}`, digest, patient))).toString();
    expect(await pull()).toBe("layer");
    const asked = registry.requests.length;
    expect(await pull()).toBe("layer");
    expect(registry.requests).toHaveLength(asked + 1);
  });

  it("is asked for once where nobody has credentials for it", async () => {
    await using registry = await startHostileRegistry({ auth: basics() });
    const elsewhere = createDockerConfigCredentials(JSON.stringify({ auths: { "quay.io": robot } }));
    await using source = createHttpSource({ registries: [plain(registry)], credentials: elsewhere });
    registry.misbehave(hidden(404, basics()));
    expect(await outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient))).toBe("absent");
    expect(registry.requests).toHaveLength(1);
  });

  it("says to whom it was shown, and to nobody else", async () => {
    await using registry = await startHostileRegistry({ auth: basics() });
    const error = async (entry: object): Promise<string> => {
      await using source = createHttpSource({
        registries: [plain(registry)],
        credentials: credentials(registry, entry),
      });
      return (await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient))).message;
    };
    registry.misbehave(hidden(403, basics(), false));
    expect(await error(robot)).toContain("in this repository to the credentials in the Docker config");
    expect(await error({ auth: btoa("robot:wrong") })).toContain(
      "403 Forbidden to the credentials in the Docker config",
    );
    expect(await error({})).toContain("403 Forbidden to anonymous access");
    // A refresh token opens nothing without a token service, so nobody saw it.
    expect(await error({ identitytoken: "refresh" })).toContain("403 Forbidden to anonymous access");
  });

  it("is not shown credentials where another server answered 404", async () => {
    await using other = await startHostileRegistry();
    await using registry = await startHostileRegistry();
    const registries = [plain(registry, { redirectHosts: [other.host] })];
    await using source = createHttpSource({ registries, credentials: credentials(registry) });
    registry.misbehave(redirect(`${other.url}/nothing`), { kind: "blob" });
    await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    for (const { headers } of [...registry.requests, ...other.requests]) expect(headers.authorization).toBeUndefined();
  });

  it("says that an entry cannot be used, to those who need it", async () => {
    await using registry = await startHostileRegistry({ auth: basics() });
    const broken = credentials(registry, { auth: btoa("no colon") });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: broken });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(error.message).toContain(`auths[${registry.host}] holds an auth that is not base64 of user:password`);
  });
});

describe("the Basic flow", () => {
  it("sends what was asked for, and does not wait to be asked again", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "s3cret" }) });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    const digest = registry.putBlob(repository, "layer");
    for (let times = 0; times < 2; times++)
      await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      basicHeader,
      basicHeader,
    ]);
  });

  it("without credentials is a denial of anonymous access", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "s3cret" }) });
    await using source = createHttpSource({ registries: [plain(registry)] });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(error.message).toBe(`${registry.host} answered 401 Unauthorized to anonymous access`);
    expect(registry.requests).toHaveLength(1);
  });

  it("with the wrong password is a denial that names the kind of credentials", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "changed" }) });
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(error.message).toBe(`${registry.host} answered 401 Unauthorized to the credentials in the Docker config`);
    expect(registry.requests).toHaveLength(2);
  });

  it("asks its provider again when a password has been changed", async () => {
    const users: Record<string, string> = { robot: "s3cret" };
    await using registry = await startHostileRegistry({ auth: basicAuth(users) });
    let password = "s3cret";
    const provider: CredentialsProvider = {
      identify: () => ({
        name: "helper",
        source: "the helper",
        hasCredentials: true,
        credentials: () => Promise.resolve({ kind: "basic", username: "robot", password }),
      }),
    };
    await using source = createHttpSource({ registries: [plain(registry, { credentials: provider })] });
    const pull = (): Promise<string> => outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(await pull()).toBe("absent");
    password = "rotated";
    users["robot"] = "rotated";
    expect(await pull()).toBe("absent");
  });
});

describe("a login that cannot be done is a denial", () => {
  it.each<[string, string | string[]]>([
    ["a scheme that is not spoken", "Negotiate"],
    ["a malformed challenge", 'Bearer realm="x'],
    ["Bearer without a realm", 'Bearer service="x"'],
  ])("%s", async (_, asked) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    registry.misbehave(challenge(asked));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable denied");
    expect(registry.requests).toHaveLength(1);
  });
});

describe("T08: a realm elsewhere", () => {
  it.each<[string, boolean]>([
    ["with credentials", true],
    ["anonymously", false],
  ])("is asked for nothing, %s", async (_, withCredentials) => {
    await using registry = await startHostileRegistry();
    await using thief = await startHostileRegistry();
    const provider = withCredentials ? credentials(registry) : undefined;
    await using source = createHttpSource({ registries: [plain(registry)], credentials: provider });
    const realm = `${thief.url}/token`;
    const tricks = [
      `Bearer realm="${realm}"`,
      `Bearer realm="${registry.url}/token",realm="${realm}"`,
      `Bearer realm="${registry.url}@${thief.host}/token"`,
      `Bearer realm="http://localhost:${registry.port}/token"`,
      String.raw`Bearer realm="http:\\\\${thief.host}/token"`,
      // The registry's own Basic can be answered; whoever has nothing to answer with is told of the realm.
      ...(withCredentials ? [] : [`Basic realm="r", Bearer realm="${realm}"`]),
    ];
    for (const trick of tricks) {
      registry.misbehave(challenge(trick), { times: 1 });
      const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
      expect(await outcomeOf(reading)).toBe("unavailable denied");
    }
    expect(thief.connections()).toBe(0);
    expect(registry.requests.map(({ kind }) => kind)).toEqual(Array(tricks.length).fill("blob"));
  });

  it("is asked where the options name it", async () => {
    const auth = tokenAuth({ users: { robot: "s3cret" } });
    await using service = await startHostileRegistry({ auth });
    await using registry = await startHostileRegistry({
      auth: { ...auth, challenge: (request) => auth.challenge(request, service.url) },
    });
    const registries = [plain(registry, { tokenRealms: [service.url] })];
    await using source = createHttpSource({ registries, credentials: credentials(registry) });
    expect(await outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient))).toBe("absent");
    expect(service.asked("token").map(({ headers }) => headers.authorization)).toEqual([basicHeader]);
  });

  it("is not reached by a redirect of the token service either", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ users: { robot: "s3cret" } }) });
    await using thief = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)], credentials: credentials(registry) });
    registry.misbehave(redirect(`${thief.url}/token`), { kind: "token" });
    await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(thief.connections()).toBe(0);
  });
});

describe("T09: credentials of one registry", () => {
  it("are never shown to another, whatever it asks for", async () => {
    await using registry = await startHostileRegistry();
    await using other = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    await using source = createHttpSource({ registries: [plain(other)], credentials: credentials(registry) });
    other.misbehave(challenge('Basic realm="r"'), { times: 1 });
    const name = `${other.host}/${registry.host.replace(":", "/")}/evals`;
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe("unavailable denied");
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe("absent");
    const shown = other.requests.map(({ headers }) => headers.authorization).filter((header) => header !== undefined);
    expect(shown).toEqual(["Bearer issued-token-1"]);
  });
});

describe("a token service that misbehaves", () => {
  it.each<[string, Parameters<HostileRegistry["misbehave"]>[0], string]>([
    ["refuses", status(401), "unavailable denied"],
    ["forbids", status(403), "unavailable denied"],
    ["does not understand", status(400), "unavailable denied"],
    ["fails", status(500), "unavailable no-answer"],
    ["is busy", status(429), "unavailable no-answer"],
    ["sends no JSON", status(200, {}, "issued-token"), "unavailable no-answer"],
    ["sends null", json(null), "unavailable no-answer"],
    ["sends no token", json({ expires_in: 300 }), "unavailable no-answer"],
    ["sends an empty token", json({ token: "" }), "unavailable no-answer"],
    ["sends a number", json({ token: 1 }), "unavailable no-answer"],
    ["sends a token with a blank", json({ token: "a b" }), "unavailable no-answer"],
    ["sends a token with a line break", json({ token: "a\r\nx-evil: b" }), "unavailable no-answer"],
    ["sends a megabyte around a token", json({ token: "a", padding: "a".repeat(1 << 20) }), "unavailable no-answer"],
    ["sends without end", endless(), "unavailable no-answer"],
    ["says nothing", hang(), "unavailable no-answer"],
    ["drips", drip(), "unavailable no-answer"],
  ])("%s", async (_, fault, expected) => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    // On a busy machine an answer may take longer than one has to wait for those that give none.
    const requestTimeoutMs = expected === "unavailable denied" ? 5_000 : 150;
    await using source = createHttpSource({ registries: [plain(registry, { requestTimeoutMs })] });
    registry.misbehave(fault, { kind: "token" });
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe(expected);
    expect(registry.asked("blob")).toHaveLength(1);
  });

  it("for a moment is asked again", async () => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 1 })], clock });
    registry.misbehave(status(503, { "retry-after": "2" }), { kind: "token", times: 1 });
    expect(await outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient))).toBe("absent");
    expect(clock.pausesMs).toEqual([2000]);
  });

  it.each([-1, 0, "soon", 1e99, null])("that says tokens live for %j seconds is not believed", async (expires_in) => {
    await using registry = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry)], clock });
    registry.misbehave(challenge(`Bearer realm="${registry.url}/token"`), { kind: "blob", times: 1 });
    registry.misbehave(json({ token: "one", expires_in }), { kind: "token" });
    registry.misbehave(status(404), { kind: "blob" });
    const pull = (): Promise<string> => outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    await pull();
    clock.nowMs += 50_000;
    await pull();
    clock.nowMs += 50_000;
    await pull();
    expect(registry.asked("blob").map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer one",
      "Bearer one",
      undefined,
    ]);
  });
});
