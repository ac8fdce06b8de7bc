// In a fresh process: how long it takes to import a bundle and to answer a first request, in milliseconds.

const [bundle] = process.argv.slice(2);
const started = performance.now();
const { handle } = await import(bundle);
const answer = await handle(
  new Request("http://function.example/v1/tasks", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"title":"first"}',
  }),
);
await answer.text();
const tookMs = performance.now() - started;
if (answer.status !== 201) throw new Error(`The function answered ${answer.status}.`);
console.log(tookMs);
