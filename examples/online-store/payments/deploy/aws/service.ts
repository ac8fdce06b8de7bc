import { lambdaHandler } from "millrace/aws-lambda";
import {
  commands,
  connectFunctions,
  feed,
  fetchHandler,
  health,
  openApi,
  processors,
  queries,
} from "millrace/fetch";
import { openPostgres } from "millrace/postgres";
import service from "../../service.ts";

const functions = {
  "charge-payments": { timeoutSeconds: 10, concurrency: 32, batchSize: 32 },
};

/** The service as one function. It hears of events by looking: a function cannot listen. */
export const handler = lambdaHandler(
  fetchHandler(service, {
    stores: () =>
      openPostgres({
        url: process.env.DATABASE_URL ?? "",
        schema: service.name,
        migrate: false,
        listen: false,
        maxConnections: 2,
      }),
    sides: [commands, queries, processors, feed, health, openApi],
    auth: "none",
    functions: connectFunctions(functions, process.env),
  }),
);
