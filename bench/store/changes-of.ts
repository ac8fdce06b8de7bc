/** Follows the live changes of a view, and tells `changed` of each row as it arrives. Resolves once the stream is open. */
export async function followChanges(
  url: string,
  view: string,
  changed: (row: Readonly<Record<string, unknown>>) => void,
): Promise<() => void> {
  const ending = new AbortController();
  const response = await fetch(`${url}/v1/views/${view}`, {
    headers: { accept: "text/event-stream" },
    signal: ending.signal,
  });
  void (async () => {
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
  })().catch(() => {});
  return () => ending.abort();
}
