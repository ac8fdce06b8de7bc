/** Writes to standard output; resolves once there is room for more, so that a slow reader slows the writer down. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text))
    await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}

export async function writeLine(text: string): Promise<void> {
  await write(`${text}\n`);
}

export async function writeJson(value: unknown): Promise<void> {
  await write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says something to the person, beside the output: on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
const control = /[\u0000-\u001f\u007f-\u009f]/g;

/** Text from the log or from errors, which must not command the terminal. */
export function printable(text: string): string {
  return text.replace(control, (mark) => `\\x${mark.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** A count with separators, `1,234`. */
export function counted(count: number): string {
  return count.toLocaleString("en-US");
}

export type Cell = string | number;

/** Rows under their headings, columns aligned: numbers to the right, all else to the left. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? counted(cell) : printable(cell))),
  );
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const align = (row: readonly string[], source: readonly Cell[] | undefined) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return typeof (source ?? rows[0])?.[column] === "number" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [align(headings, undefined), ...texts.map((row, index) => align(row, rows[index]))].join("\n");
}
