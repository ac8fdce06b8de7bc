import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { functionHandler } from "millrace/fetch";
import { rewardPolicy, secret } from "./rewards.ts";

// The endpoint of a function, or a bare one that reads what is posted and answers.

const [kind = ""] = process.argv.slice(2);
const { fetch } = functionHandler(rewardPolicy, { secret });
const server =
  kind === "bare"
    ? createServer((request, response) => {
        request.resume().on("end", () => {
          response.writeHead(200, { "content-type": "application/json" });
          response.end('{"results":[]}');
        });
      })
    : createServer(getRequestListener(fetch));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") console.log(`http://127.0.0.1:${address?.port}`);
});
