#!/usr/bin/env node
import { createWriteStream, fstatSync } from "node:fs";
import { octo } from "../cli/octo.ts";
import { onOrphaned } from "../cli/session.ts";
import { octoEnvironment } from "../settings/octo.ts";
import { hasErrno } from "../system/errno.ts";

const environment = octoEnvironment();
const { stdin, stderr } = process;

/** What shells say of a program that a SIGPIPE or a SIGHUP ended. */
const pipeStatus = 141;
const hangupStatus = 129;

// Where only a part fits, Node's own stream to a file leaves out the rest without an error.
const stdout = fstatSync(1).isFile() ? createWriteStream("", { fd: 1 }) : process.stdout;

// Whoever read the output has heard enough: `octo logs blog | head`. What else goes wrong, `write` tells.
stdout.on("error", (error) => {
  if (hasErrno(error, "EPIPE")) {
    process.exit(pipeStatus);
  }
});
if (environment.key !== null) {
  onOrphaned(() => process.exit(hangupStatus));
}
process.exitCode = await octo(process.argv.slice(2), environment, { stdin, stdout, stderr });
