/** A fenced `ts` block of a page. */
export interface Block {
  readonly page: string;
  /** 1-based line of the block's first line of code. */
  readonly line: number;
  readonly code: string;
  /** Given by a first line `// run: name`: the program is executed and must end with exit code 0. */
  readonly run?: string;
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
      const notCompiled = /^\/\/ not compiled: (.+)/.exec(first)?.[1];
      blocks.push({
        page,
        line: start + 1,
        code: `${lines.slice(start, index).join("\n")}\n`,
        ...(run === undefined ? {} : { run }),
        ...(notCompiled === undefined ? {} : { notCompiled }),
      });
      start = undefined;
    }
  }
  if (start !== undefined) throw new Error(`${page}: the block at line ${start} has no end`);
  return blocks;
}

/** A file name that leads back to the block: `docs/views.md`, line 12 -> `docs-views-line-12.ts`. */
export function fileNameOf({ page, line }: Block): string {
  return `${page.replace(/\.md$/, "").replaceAll("/", "-").toLowerCase()}-line-${line}.ts`;
}
