import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** An endpoint as OpenAI's, for load tests: it streams four words to everybody, or fails. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves one model. Each request whose number `fails` is answered with 500. */
export async function startModelServer(model: string, fails: (request: number) => boolean): Promise<ModelServer> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (request.method === "GET")
        return answer(response, 200, { object: "list", data: [{ id: model, object: "model" }] });
      asked += 1;
      return fails(asked) ? answer(response, 500, {}) : stream(response, model);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function stream(response: ServerResponse, model: string): void {
  const chunk = (more: object): string =>
    `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model, ...more })}\n\n`;
  const word = { choices: [{ index: 0, delta: { content: "hazel " }, finish_reason: null }] };
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } };
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let at = 0; at < 4; at += 1) response.write(chunk(word));
  response.end(`${chunk(usage)}data: [DONE]\n\n`);
}
