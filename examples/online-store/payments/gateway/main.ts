import { parseArgs } from "node:util";
import { type Behaviour, startGateway } from "./gateway-stub.ts";

// A payment gateway for tries, as a process of its own: `npm run gateway -w payments -- --port 3900 --hang 0.1`.

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3900" },
    refuse: { type: "string", default: "0" },
    hang: { type: "string", default: "0" },
    twice: { type: "string", default: "0" },
    drop: { type: "string", default: "0" },
    dropAfter: { type: "string", default: "0" },
  },
});
const { port, ...shares } = values;
const behaviour = Object.fromEntries(
  Object.entries(shares).map(([manner, share]) => [manner, Number(share)]),
) as Partial<Behaviour>;
const { url } = await startGateway({ port: Number(port), behaviour });
console.log(`A payment gateway for tries at ${url}: set GATEWAY_URL to it.`);
