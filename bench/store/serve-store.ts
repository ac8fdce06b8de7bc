import path from "node:path";
import config from "../../examples/online-store/millrace.config.ts";
import { serveTogether } from "../../src/hosts/node/index.ts";

// The whole store in one process, with its databases in the folder that is named.

const [folder = "", gateway = ""] = process.argv.slice(2);
process.env.GATEWAY_URL = gateway;
const { url } = await serveTogether(
  {
    ...config,
    port: 0,
    logLevel: "warn",
    together: config.together.map((member) => ({
      ...member,
      database: `sqlite:${path.join(folder, `${member.service.name}.db`)}`,
    })),
  },
  { env: {} },
);
console.log(`listening at ${url}`);
