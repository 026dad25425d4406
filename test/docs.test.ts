import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { conditionsDocument } from "../src/cli/docs.ts";

const root = resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(resolve(root, file), "utf8");

describe("documents", () => {
  it("docs/conditions.md is what npm run docs makes", () => {
    expect(read("docs/conditions.md")).toBe(conditionsDocument());
  });

  it.each(["README.md", "CONTRIBUTING.md"])("%s links to files that exist", (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link!).filter((link) => !link.includes("://"));
    expect(links.filter((link) => !existsSync(resolve(root, link)))).toEqual([]);
  });

  it.each(["README.md", "CONTRIBUTING.md"])("%s names npm scripts that exist", (file) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(file).matchAll(/npm run (?:-s )?([a-z]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
