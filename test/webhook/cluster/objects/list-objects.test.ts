import { expect, it } from "@jest/globals";
import { listObjects } from "../../../../webhook/cluster/objects/list-objects.ts";
import { useHostileClient } from "../../../support/hostile-client.ts";

const deployments = { group: "apps", version: "v1", kind: "Deployment", resource: "deployments", isNamespaced: true };
const signal = new AbortController().signal;

const hostile = useHostileClient();

/** Serves so many objects, one a page, and forgets a list after as many pages as it says for that list: the first, the second … */
function serve(count: number, pagesOfList: (list: number) => number): void {
  let list = 0;
  hostile().cluster.fault = (_, path, query) => {
    if (path !== "/apis/apps/v1/deployments") return undefined;
    const at = Number(query.get("continue") ?? 0);
    if (at === 0) list += 1;
    if (at >= pagesOfList(list)) return { status: 410, message: "too old" };
    const metadata = { resourceVersion: "1", ...(at + 1 < count && { continue: String(at + 1) }) };
    return { body: JSON.stringify({ metadata, items: [{ metadata: { namespace: "prod", name: `model-${at}` } }] }) };
  };
}

async function listNames(): Promise<string[]> {
  const names: string[] = [];
  const objects = listObjects(hostile().client, deployments, { namespace: undefined, pageSize: 1 }, signal);
  for await (const { name } of objects) names.push(name);
  return names;
}

it("a list that is forgotten again and again is read to its end, each object once, as long as it gets on", async () => {
  serve(12, (list) => list);
  expect(await listNames()).toEqual(Array.from({ length: 12 }, (_, at) => `model-${at}`));
});

it("a list that does not get on is given up", async () => {
  serve(12, () => 2);
  await expect(listNames()).rejects.toMatchObject({ name: "KubeError", status: 410 });
  expect(hostile().cluster.requests.length).toBeLessThan(20);
});
