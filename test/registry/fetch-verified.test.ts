import { describe, it, expect } from "@jest/globals";
import { absent } from "../../registry/errors.ts";
import { fetchVerified, type ExpectedBytes } from "../../registry/fetch-verified.ts";
import type { Body } from "../../registry/source.ts";
import { digestOf } from "../support/artifacts.ts";
import { bodyOf } from "../support/memory-source.ts";
import { outcomeOf } from "./outcome.ts";

const bytes = Buffer.from('{"evaluated":true}');
const size = bytes.byteLength;
const digest = digestOf(bytes);
const never = new AbortController().signal;

describe("fetchVerified", () => {
  it("gives the bytes that hash to the digest", async () => {
    expect(await fetchVerified(bodyOf(bytes), { digest, size, maxBytes: 100 }, never)).toEqual(bytes);
  });

  it("joins what arrives in pieces, of undeclared length", async () => {
    const body = chunked([bytes.subarray(0, 3), bytes.subarray(3, 4), bytes.subarray(4)]);
    expect(await fetchVerified(body, { digest, maxBytes: size }, never)).toEqual(bytes);
  });

  const other = Buffer.from('{"evaluated":fals}');
  const cases: [string, string, Body, Partial<ExpectedBytes>][] = [
    ["T02 other bytes of the same size", "corrupt", bodyOf(other), { size }],
    [
      "T02 other bytes, whatever media type they come with",
      "corrupt",
      bodyOf(other, { mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws" }),
      {},
    ],
    ["no bytes at all", "corrupt", bodyOf(Buffer.of()), {}],
    ["a declared length other than the descriptor's", "corrupt", bodyOf(bytes), { size: size + 1 }],
    ["more bytes than the descriptor states", "corrupt", chunked([bytes]), { size: size - 1 }],
    ["fewer bytes than the descriptor states", "corrupt", chunked([bytes]), { size: size + 1 }],
    ["T05 a descriptor over the limit", "invalid", bodyOf(bytes), { size, maxBytes: size - 1 }],
    ["T05 a declared length over the limit", "invalid", bodyOf(bytes), { maxBytes: size - 1 }],
    ["a stream that ends before its declared length", "no-answer", bodyOf(bytes, { length: size + 5 }), {}],
    ["a stream that breaks off", "no-answer", chunked([bytes], new Error("ECONNRESET")), {}],
    ["a stream that ends in an answer of its source", "absent", chunked([], absent("gone")), {}],
  ];
  it.each(cases)("%s: %s, and the body is cancelled", async (_, outcome, body, expected) => {
    const { watched, cancelled } = watch(body);
    const fetched = (): Promise<Buffer> => fetchVerified(watched, { digest, maxBytes: 100, ...expected }, never);
    expect(await outcomeOf(fetched)).toBe(outcome);
    expect(cancelled()).toBe(true);
  });

  it("T05 stops an endless body at the limit", async () => {
    let sent = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 1;
        yield Buffer.alloc(1024);
      }
    };
    const body = bodyOf(bytes, { length: undefined, chunks: endless() });
    expect(await outcomeOf(() => fetchVerified(body, { digest, maxBytes: 10 * 1024 }, never))).toBe("invalid");
    expect(sent).toBe(11);
  });

  it("T05 leaves a body that stalls when the signal aborts, and cancels it", async () => {
    const deadline = new AbortController();
    const { watched, cancelled } = watch(bodyOf(bytes, { chunks: stalled(() => deadline.abort()) }));
    expect(await outcomeOf(() => fetchVerified(watched, { digest, maxBytes: 100 }, deadline.signal))).toBe(
      "out-of-time",
    );
    expect(cancelled()).toBe(true);
  });

  it("says out-of-time, too, when the source ends the stream because of the signal", async () => {
    const deadline = new AbortController();
    const chunks = (async function* (): AsyncGenerator<Uint8Array> {
      deadline.abort();
      yield* [];
      throw new DOMException("aborted", "AbortError");
    })();
    const body = bodyOf(bytes, { chunks });
    expect(await outcomeOf(() => fetchVerified(body, { digest, maxBytes: 100 }, deadline.signal))).toBe("out-of-time");
  });
});

function chunked(parts: readonly Uint8Array[], end?: Error): Body {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* parts;
    if (end !== undefined) throw end;
  };
  return bodyOf(bytes, { length: undefined, chunks: chunks() });
}

async function* stalled(started: () => void): AsyncGenerator<Uint8Array> {
  started();
  await new Promise(() => undefined);
  yield bytes;
}

function watch(body: Body): { watched: Body; cancelled: () => boolean } {
  let cancelled = false;
  return { watched: { ...body, cancel: () => void (cancelled = true) }, cancelled: () => cancelled };
}
