import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "@jest/globals";
import { pack, type Header } from "tar-stream";
import { ContentBudget, contentLimits } from "../../../evidence/content-budget.ts";
import { listFiles } from "../../../evidence/kinds/archive/tar.ts";
import { outcomeOf } from "../outcome.ts";
import { tarOf } from "../../support/tar.ts";

const content = Buffer.from('{"a":1}');
const simple = tarOf([{ name: "a.json", content }]);

/** As another program writes it, names over 100 characters and all. */
async function packed(...entries: readonly Partial<Header>[]): Promise<Buffer> {
  const archive = pack();
  for (const { type = "file", ...entry } of entries)
    archive.entry({ name: "a.json", type, ...entry }, type === "file" ? content : "");
  archive.finalize();
  return buffer(archive);
}

function changed(change: (tar: Buffer) => void): Buffer {
  const tar = Buffer.from(simple);
  change(tar);
  return tar;
}

const textsIn = (tar: Buffer): string[] => listFiles(tar, new ContentBudget()).map((file) => file.toString());

describe("files in a tar archive", () => {
  it("are given without their names", () => {
    const two = [content, Buffer.alloc(513, "x"), Buffer.of()].map((one, at) => ({ name: `${at}`, content: one }));
    expect(textsIn(tarOf(two))).toEqual(two.map((one) => one.content.toString()));
  });

  it.each<[string, Partial<Header>[]]>([
    ["in a folder", [{ name: "logs", type: "directory" }, { name: "logs/a.json" }]],
    ["under a long name", [{ name: `${"x".repeat(300)}.json` }]],
    ["with facts in an extension", [{ pax: { mtime: "1718515207.123456789", comment: "of no interest" } }]],
  ])("are found %s", async (_, entries) => {
    expect(textsIn(await packed(...entries))).toEqual([content.toString()]);
  });

  it("may be none", () => {
    expect([Buffer.of(), Buffer.alloc(1024)].flatMap(textsIn)).toEqual([]);
  });

  it.each<[string, Buffer | Promise<Buffer>]>([
    ["a head that breaks off", simple.subarray(0, 300)],
    ["a file that breaks off", simple.subarray(0, 515)],
    ["another sum of its bytes", changed((tar) => tar.write("b", 0))],
    ["a size in another form", changed((tar) => tar.write("\u00800", 124, "latin1"))],
    ["a link", packed({ type: "link", linkname: "/etc/passwd" })],
    ["a fifo", packed({ type: "fifo" })],
    ["a size in an extension", packed({ pax: { size: "7" } })],
    ["holes that an extension tells of", packed({ pax: { "GNU.sparse.size": "7" } })],
    ["a long extension", packed({ pax: { comment: "x".repeat(64 * 1024) } })],
    ["text", Buffer.from("{}".repeat(600))],
  ])("are refused with %s", async (_, tar) => {
    const bytes = await tar;
    expect(await outcomeOf(() => textsIn(bytes))).toBe("ARTIFACT_INVALID");
  });

  it("are counted with every head of an extension", async () => {
    const tar = await packed({ name: `${"x".repeat(300)}.json` }, {});
    const budget = new ContentBudget();
    expect(listFiles(tar, budget)).toHaveLength(2);
    expect(budget.spent.heads).toBe(3);
    budget.spend("heads", contentLimits.heads - 5);
    expect(() => listFiles(tar, budget)).toThrow(`more than ${contentLimits.heads} entries`);
  });
});
