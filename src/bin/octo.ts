#!/usr/bin/env node
import { octo } from "../cli/octo.ts";
import { onOrphaned } from "../cli/session.ts";
import { octoEnvironment } from "../settings/octo.ts";
import { hasErrno } from "../system/errno.ts";

const environment = octoEnvironment();
const { stdin, stdout, stderr } = process;

/** What shells say of a program that a SIGPIPE or a SIGHUP ended. */
const pipeStatus = 141;
const hangupStatus = 129;

// Whoever read the output has heard enough: `octo logs blog | head`.
stdout.on("error", (error) => process.exit(hasErrno(error, "EPIPE") ? pipeStatus : 1));
if (environment.key !== null) {
  onOrphaned(() => process.exit(hangupStatus));
}
process.exitCode = await octo(process.argv.slice(2), environment, { stdin, stdout, stderr });
