import { readdirSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { checks } from "../../../policies/checks/index.ts";

const ids = checks.map(({ id }) => id).toSorted();

it.each([
  ["file", "../../../policies/checks/", /^(?!check\.ts|index\.ts)(.*)\.ts$/],
  ["table of cases", "./", /^(?!index\.)(.*)\.test\.ts$/],
])("each check has one %s, by its name", (_, folder, pattern) => {
  const names = readdirSync(new URL(folder, import.meta.url)).flatMap((file) => pattern.exec(file)?.[1] ?? []);
  expect(names.toSorted()).toEqual(ids);
});
