/** A fenced `ts` block of a page. */
export interface Block {
  readonly page: string;
  /** 1-based line of the block's first line of code. */
  readonly line: number;
  readonly code: string;
  /** Given by a first line `// run: name`: the program is executed and must end with exit code 0. */
  readonly run?: string;
  /** Given by a first line `// file: name.ts`: what other blocks of the page import it by. */
  readonly file?: string;
  /** Given by a first line `// not compiled: reason`. */
  readonly notCompiled?: string;
}

export function blocksIn(page: string, markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  let start: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (start === undefined) {
      if (/^```ts\s*$/.test(line)) start = index + 1;
    } else if (/^```\s*$/.test(line)) {
      const first = lines[start] ?? "";
      const run = /^\/\/ run: ([a-z0-9-]+)/.exec(first)?.[1];
      const file = /^\/\/ file: ([a-z0-9-]+\.ts)$/.exec(first)?.[1];
      const notCompiled = /^\/\/ not compiled: (.+)/.exec(first)?.[1];
      blocks.push({
        page,
        line: start + 1,
        code: `${lines.slice(start, index).join("\n")}\n`,
        ...(run === undefined ? {} : { run }),
        ...(file === undefined ? {} : { file }),
        ...(notCompiled === undefined ? {} : { notCompiled }),
      });
      start = undefined;
    }
  }
  if (start !== undefined) throw new Error(`${page}: the block at line ${start} has no end`);
  return blocks;
}

/**
 * A file that leads back to the block: `docs/views.md`, line 12 -> `docs-views/line-12.ts`. The blocks of a page share a
 * folder, so that they can import those with a name.
 */
export function fileNameOf({ page, line, file }: Block): string {
  return `${page.replace(/\.md$/, "").replaceAll("/", "-").toLowerCase()}/${file ?? `line-${line}.ts`}`;
}
