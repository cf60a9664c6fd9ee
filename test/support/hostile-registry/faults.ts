import type { OutgoingHttpHeaders } from "node:http";
import type { Answer, Fault } from "./exchange.ts";

/** Ways to misbehave. Those that alter an answer leave an honest refusal alone. */

const schema1Type = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/** Other bytes, with the right length, under the digest header that was asked for. (T02) */
export function wrongBytes(headers: OutgoingHttpHeaders = {}): Fault {
  return altered((honest) => {
    const body = Buffer.from(honest.body);
    body[0] = (body[0] ?? 0) ^ 1;
    return { ...honest, headers: { ...honest.headers, ...headers }, body };
  });
}

/** Other bytes that claim to be a signed schema-1 manifest, which some clients do not compare at all. (T02) */
export function schema1(): Fault {
  return wrongBytes({ "content-type": schema1Type });
}

/** The honest answer under other headers. */
export function withHeaders(headers: OutgoingHttpHeaders): Fault {
  return altered((honest) => ({ ...honest, headers: { ...honest.headers, ...headers } }));
}

/** Content-Encoding as a claim. The bytes stay what they are. (T06) */
export function contentEncoding(value: string): Fault {
  return withHeaders({ "content-encoding": value });
}

export function status(code: number, headers: OutgoingHttpHeaders = {}, body = ""): Fault {
  return ({ send }) => send({ status: code, headers, body: Buffer.from(body) });
}

/** Asks for a login. Several lines make several header fields. */
export function challenge(value: string | string[], code = 401): Fault {
  return status(code, { "www-authenticate": value });
}

/** To a URL, or to whatever the function makes of the target that was asked for. */
export function redirect(to: string | ((target: string) => string), code = 307): Fault {
  return ({ recorded, send }) => {
    const location = typeof to === "string" ? to : to(recorded.target);
    send({ status: code, headers: { location }, body: Buffer.alloc(0) });
  };
}

/** A page where a document should be. */
export function html(): Fault {
  return status(200, { "content-type": "text/html" }, "<!doctype html><title>Sign in</title>");
}

/** A body without an end, as fast as it is read. (T05) */
export function endless(): Fault {
  const chunk = Buffer.alloc(64 * 1024, "x");
  return ({ response }) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
  };
}

/** The honest body, byte by byte. (T05) */
export function drip(intervalMs = 1000): Fault {
  return ({ honest, response }) => {
    response.writeHead(honest.status, honest.headers);
    let at = 0;
    const timer = setInterval(() => {
      if (at < honest.body.length) response.write(honest.body.subarray(at, ++at));
      else response.end();
    }, intervalMs);
    response.on("close", () => clearInterval(timer));
    response.flushHeaders();
  };
}

/** The honest headers and half of the body; then the connection ends. */
export function cut(): Fault {
  return ({ honest, response }) => {
    response.writeHead(honest.status, { ...honest.headers, "content-length": honest.body.length });
    response.write(honest.body.subarray(0, honest.body.length >> 1), () => response.socket?.end());
  };
}

/** The connection is reset without a word. */
export function reset(): Fault {
  return ({ request }) => void request.socket.resetAndDestroy();
}

/** No answer, ever. */
export function hang(): Fault {
  return () => undefined;
}

/** The honest answer, when the time has come. */
export function heldUntil(released: Promise<unknown>): Fault {
  return ({ honest, send }) => void released.then(() => send(honest));
}

function altered(change: (honest: Answer) => Answer): Fault {
  return ({ honest, send }) => send(honest.status === 200 ? change(honest) : honest);
}
