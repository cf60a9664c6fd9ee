import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeServingCertificate } from "../certs/self-signed.ts";

/** The baseline: the least that any webhook in Node can do. Reads the review, parses it, says yes. */
const { cert, key, ca } = await makeServingCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, new Date());
const server = createServer({ cert, key, minVersion: "TLSv1.3" }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
    const body = JSON.stringify({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: { uid: review.request.uid, allowed: true },
    });
    response
      .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
      .end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(
    `${JSON.stringify({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca })}\n`,
  );
});
