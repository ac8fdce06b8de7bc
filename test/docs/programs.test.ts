import { expect, test } from "vitest";
import { blocksIn, fileNameOf } from "./programs.ts";

const page = (...lines: readonly string[]): string => lines.join("\n");

test("only ts blocks are programs, and each knows where it stands", () => {
  const markdown = page("# Page", "```sh", "npm test", "```", "", "```ts", "const a = 1;", "```");
  const blocks = blocksIn("docs/Some-page.md", markdown);
  expect(blocks).toEqual([{ page: "docs/Some-page.md", line: 7, code: "const a = 1;\n" }]);
  expect(blocks.map(fileNameOf)).toEqual(["docs-some-page/line-7.ts"]);
});

test("a first line says whether a block is run or left alone", () => {
  const markdown = page("```ts", "// run: first", "```", "```ts", "// not compiled: a fragment", "```");
  expect(blocksIn("README.md", markdown)).toMatchObject([{ run: "first" }, { notCompiled: "a fragment" }]);
});

test("a block with a file name stands under it beside the others of its page", () => {
  const blocks = blocksIn("docs/Some-page.md", page("```ts", "// file: book.ts", "```", "```ts", "```"));
  expect(blocks.map(fileNameOf)).toEqual(["docs-some-page/book.ts", "docs-some-page/line-5.ts"]);
});

test("a block without an end is an error, not a page without programs", () => {
  expect(() => blocksIn("README.md", page("```ts", "const a = 1;"))).toThrow(
    "README.md: the block at line 1",
  );
});
