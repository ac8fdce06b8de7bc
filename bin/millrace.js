#!/usr/bin/env node
// npm links this file before the build has made dist/, so it is checked in and only points there.
import "../dist/cli/main.js";
