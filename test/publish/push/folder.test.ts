import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { listFolder } from "../../../publish/push/folder.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "assaygate-folder-")), "results");
  await mkdir(folder);
});
afterEach(() => rm(dirname(folder), { recursive: true, force: true }));

const write = async (name: string, content = "x"): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
};
const list = async (allowSecrets = false): Promise<string[]> =>
  (await listFolder(folder, allowSecrets)).map(({ name, size }) => `${name} ${size}`);

it("lists files below, in the order of their names", async () => {
  await write("results.json", "{}");
  await write("logs/b.txt");
  await write("logs/a.txt", "");
  await write("lost+found/x");
  expect(await list()).toEqual(["logs/a.txt 0", "logs/b.txt 1", "results.json 2"]);
});

it("takes a link inside the folder for its file, and passes over one to a folder inside", async () => {
  await write("..data/results.json", "{}");
  await symlink("..data/results.json", join(folder, "results.json"));
  await symlink("..data", join(folder, "latest"));
  expect(await list()).toEqual(["..data/results.json 2", "results.json 2"]);
});

it.each([
  ["a link to a file outside", "../secret"],
  ["an absolute link", "/etc/hostname"],
  ["a link to a folder outside", ".."],
])("refuses %s", async (_, target) => {
  await write("results.json");
  await writeFile(join(dirname(folder), "secret"), "s");
  await symlink(target, join(folder, "innocent.txt"));
  await expect(list()).rejects.toThrow("innocent.txt is a link that leaves the folder");
});

it("refuses a link that leads nowhere, and what is no file", async () => {
  await symlink("nowhere", join(folder, "a"));
  execFileSync("mkfifo", [join(folder, "b")]);
  await expect(list()).rejects.toThrow(/a is a link that leads nowhere\n.*b is not a regular file/);
});

it.each([
  [".env", "A=1"],
  ["sub/id_ed25519", "x"],
  [".git/config", "x"],
  ["tls.key", "x"],
  ["notes.txt", "-----BEGIN OPENSSH PRIVATE KEY-----"],
  ["config.yaml", `token: ghp_${"a".repeat(36)}`],
  ["run.log", `HF_TOKEN=hf_${"a".repeat(34)}`],
  ["aws.txt", "AKIAIOSFODNN7EXAMPLE"],
])("refuses %s, which looks like a secret, unless told", async (name, content) => {
  await write(name, content);
  await expect(list()).rejects.toThrow(/(?:name of a file with secrets|looks like a key or a token).*--allow-secrets/);
  expect(await list(true)).toHaveLength(1);
});

it.each(["results.json", "keyboard.txt", "monkey.csv", "environment.yaml", "key.json"])("takes %s", async (name) => {
  await write(name, '{"tokens": 12, "public_key": "-----BEGIN PUBLIC KEY-----"}');
  expect(await list()).toHaveLength(1);
});

it("refuses an empty folder, a file and what is not there", async () => {
  await expect(list()).rejects.toThrow("holds no files");
  await expect(listFolder(join(folder, "gone"), false)).rejects.toThrow("cannot be read (ENOENT)");
  await write("file");
  await expect(listFolder(join(folder, "file"), false)).rejects.toThrow("is not a folder");
});
