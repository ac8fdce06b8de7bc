import { accessSuite } from "./access-suite.ts";
import { changesSuite } from "./changes-suite.ts";
import type { OpenHttp } from "./client.ts";
import { commandsSuite } from "./commands-suite.ts";
import { feedSuite } from "./feed-suite.ts";
import { headersSuite } from "./headers-suite.ts";
import { malformedSuite } from "./malformed-suite.ts";
import { operationsSuite } from "./operations-suite.ts";
import { readingSuite } from "./reading-suite.ts";
import { viewsSuite } from "./views-suite.ts";

/** What every host and store must make true over HTTP; `open` runs a service on them. */
export function httpSuite(open: OpenHttp): void {
  commandsSuite(open);
  headersSuite(open);
  readingSuite(open);
  viewsSuite(open);
  changesSuite(open);
  feedSuite(open);
  operationsSuite(open);
  accessSuite(open);
  malformedSuite(open);
}
