/** The live changes of a view, as they are followed. */
export interface Following {
  /** Rejects when the stream breaks off, or with what was thrown over a row. */
  readonly broken: Promise<never>;
  end(): void;
}

/** Follows the live changes of a view, and tells `changed` of each row as it arrives. Resolves once the stream is open. */
export async function followChanges(
  url: string,
  view: string,
  changed: (row: Readonly<Record<string, unknown>>) => void,
): Promise<Following> {
  const ending = new AbortController();
  const response = await fetch(`${url}/v1/views/${view}`, {
    headers: { accept: "text/event-stream" },
    signal: ending.signal,
  });
  const broken = (async (): Promise<never> => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(part, { stream: true });
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data?.startsWith("{")) changed(JSON.parse(data) as Readonly<Record<string, unknown>>);
      }
    }
    throw new Error(`The changes of ${view} ended.`);
  })();
  // Once nobody waits for a row, it is no news that no more come.
  broken.catch(() => {});
  return { broken, end: () => ending.abort() };
}
