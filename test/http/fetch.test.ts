import { httpSuite } from "./http-suite.ts";
import { overFetch } from "./over-fetch.ts";

httpSuite(overFetch);
