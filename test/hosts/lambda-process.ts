import { lambdaHandler } from "millrace/aws-lambda";
import { openPostgres } from "millrace/postgres";
import { accountFunction } from "./account-function.ts";

// An instance of a Lambda function: the loop that the platform's own runtime runs around a handler
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const { url, schema } = JSON.parse(process.env.STORE ?? "") as { url: string; schema: string };
const handler = lambdaHandler(
  accountFunction(() => openPostgres({ url, schema, listen: false, maxConnections: 2 })),
);

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id") ?? "";
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  try {
    const context = { getRemainingTimeInMillis: () => deadline - Date.now() };
    const result = await handler(await next.json(), context);
    await fetch(`${api}/invocation/${id}/response`, { method: "POST", body: JSON.stringify(result) });
  } catch (error) {
    const { name, message } = error as Error;
    const body = JSON.stringify({ errorType: name, errorMessage: message, stackTrace: [] });
    await fetch(`${api}/invocation/${id}/error`, { method: "POST", body });
  }
}
