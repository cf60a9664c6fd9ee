import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { RegistryError } from "../../../registry/errors.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { listReferrers } from "../../../registry/referrers.ts";
import { readReferrers } from "../../support/referrers.ts";
import { artifactOf, genericArtifact, type BuiltArtifact } from "../../support/artifacts.ts";

const artifact = genericArtifact();
const index = "application/vnd.oci.image.index.v1+json";
const about = (digest: string, name: string): BuiltArtifact =>
  artifactOf([{ bytes: Buffer.from(name), mediaType: "text/plain" }], {
    artifactType: "application/x.note",
    subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 },
  });
const one = about(artifact.digest, "one");
const two = about(artifact.digest, "two");
const foreign = about(two.digest, "foreign");

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A registry that holds these manifests, and lists referrers as the test says. */
describe("referrers from a registry", () => {
  let server: ReturnType<typeof createServer>;
  let host: string;
  let list: Handler;
  let tagged: string | undefined;
  const asked: string[] = [];

  beforeEach(async () => {
    asked.length = 0;
    tagged = undefined;
    server = createServer((request, response) => {
      const url = request.url ?? "";
      asked.push(url);
      if (url.includes("/referrers/")) return list(request, response);
      const found = [one, two, foreign].find(({ digest }) => url.endsWith(digest));
      const isTag = url.endsWith(artifact.digest.replace(":", "-"));
      if (found !== undefined) response.writeHead(200, { "content-type": found.mediaType }).end(found.manifest);
      else if (isTag && tagged !== undefined) response.writeHead(200, { "content-type": index }).end(tagged);
      else response.writeHead(404).end("404 page not found");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const listing = (...artifacts: readonly BuiltArtifact[]): string =>
    JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: artifacts.map(({ digest }) => ({ digest })) });
  const answer =
    (body: string, headers: Record<string, string> = {}, status = 200): Handler =>
    (_request, response) =>
      void response.writeHead(status, { "content-type": index, ...headers }).end(body);
  const read = async (): Promise<string[]> => {
    await using source = createHttpSource({ registries: [{ host, plainHttp: true, maxRetries: 0 }] });
    const found = await readReferrers(source, `${host}/acme/evals`, artifact.digest, AbortSignal.timeout(5_000));
    return found.map(({ digest }) => digest).toSorted();
  };
  const reasonOf = async (): Promise<string> => {
    const error = await read().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (!(error instanceof RegistryError) || !("reason" in error.failure)) throw new Error(String(error));
    return error.failure.reason;
  };
  const both = [one.digest, two.digest].toSorted();

  it("are those that its list names", async () => {
    list = answer(listing(one, two));
    expect(await read()).toEqual(both);
  });

  it("go on from page to page", async () => {
    list = (request, response) => {
      const second = request.url?.includes("page=2") === true;
      const link: Record<string, string> = second
        ? {}
        : { link: `</v2/acme/evals/referrers/${artifact.digest}?page=2>; rel="next"` };
      answer(listing(second ? two : one), link)(request, response);
    };
    expect(await read()).toEqual(both);
  });

  it.each<[string, (next: string) => string | string[]]>([
    ["behind another link", (next) => `</v2/first>; rel="first", <${next}>; rel="next"`],
    ["in a header of its own behind another", (next) => ['</v2/first>; rel="first"', `<${next}>; rel="next"`]],
    ["with blanks", (next) => `<${next}> ; rel = next`],
  ])("go on where the next page is named %s", async (_, linkTo) => {
    list = (request, response) => {
      const second = request.url?.includes("page=2") === true;
      const link = linkTo(`/v2/acme/evals/referrers/${artifact.digest}?page=2`);
      response.writeHead(200, { "content-type": index, ...(!second && { link }) });
      response.end(listing(second ? two : one));
    };
    expect(await read()).toEqual(both);
  });

  it.each(["<?page=2; rel=next", '<http://[>; rel="next"'])(
    "could not all be seen where the next page cannot be read: %s",
    async (link) => {
      list = answer(listing(one), { link });
      expect(await reasonOf()).toBe("no-answer");
    },
  );

  it.each([400, 404, 405, 406, 501])("are those of the tag where the list is answered with %d", async (status) => {
    list = answer("no", {}, status);
    tagged = listing(one, two);
    expect(await read()).toEqual(both);
  });

  it("are none where there is neither list nor tag", async () => {
    list = answer("no", {}, 404);
    expect(await read()).toEqual([]);
  });

  it("are none where the list is null, as Go programs write an empty one, and no tag replaces it", async () => {
    list = answer(JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: null }));
    tagged = listing(one);
    expect(await read()).toEqual([]);
  });

  it.each([401, 403, 429, 500, 503])("could not be looked for where the list is answered with %d", async (status) => {
    list = answer("no", {}, status);
    tagged = listing(one);
    expect(["denied", "no-answer"]).toContain(await reasonOf());
  });

  it("leave out what is about something else, whatever the list says (T14)", async () => {
    list = answer(listing(one, foreign));
    expect(await read()).toEqual([one.digest]);
  });

  it("leave out what is listed and gone", async () => {
    const gone = about(artifact.digest, "gone");
    list = answer(listing(one, gone, two));
    expect(await read()).toEqual(both);
  });

  it("are not followed to another server (T14)", async () => {
    list = answer(listing(one), { link: '<https://evil.example/v2/next>; rel="next"' });
    expect(await reasonOf()).toBe("no-answer");
  });

  it("end after some pages (T14)", async () => {
    let page = 0;
    list = (request, response) => {
      page += 1;
      answer(listing(one), { link: `<?page=${page}>; rel="next"` })(request, response);
    };
    expect(await reasonOf()).toBe("invalid");
    expect(asked.filter((url) => url.includes("/referrers/"))).toHaveLength(17);
  });

  it("are refused where there are too many (T14)", async () => {
    const manifests = Array.from({ length: 4_097 }, (_, at) => ({ digest: `sha256:${String(at).padStart(64, "0")}` }));
    list = answer(JSON.stringify({ manifests }));
    expect(await reasonOf()).toBe("invalid");
  });

  it.each(["<html>", "{}", "[]", '{"manifests":{}}'])("are those of the tag where the list is %s", async (body) => {
    list = answer(body);
    tagged = listing(one, two);
    expect(await read()).toEqual(both);
  });

  it("are too many where the list holds more than is read, and no tag replaces it", async () => {
    const manifests = Array.from({ length: 200_000 }, () => []);
    list = answer(JSON.stringify({ manifests }));
    tagged = listing(one);
    expect(await reasonOf()).toBe("invalid");
  });

  it("leave out what names no digest that is known, and nothing else", async () => {
    const odd = [{ digest: `sha512:${"a".repeat(128)}` }, { digest: 5 }, null, "x", {}];
    const { manifests } = JSON.parse(listing(one, two)) as { manifests: object[] };
    list = answer(JSON.stringify({ manifests: [...odd, ...manifests] }));
    expect(await read()).toEqual(both);
  });

  it("of the first page count although the second cannot be had", async () => {
    list = (request, response) => {
      const second = request.url?.includes("page=2") === true;
      answer(
        second ? "no" : listing(one),
        second ? {} : { link: '<?page=2>; rel="next"' },
        second ? 403 : 200,
      )(request, response);
    };
    await using source = createHttpSource({ registries: [{ host, plainHttp: true, maxRetries: 0 }] });
    const { listed, unseen } = await listReferrers(
      source,
      `${host}/acme/evals`,
      artifact.digest,
      AbortSignal.timeout(5_000),
    );
    expect(listed.map(({ digest }) => digest)).toEqual([one.digest]);
    expect(unseen).toMatchObject({ kind: "unavailable", reason: "denied" });
  });
});
