import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { maxCommandBytes } from "../../src/cli/remote.ts";
import { sshdConfig } from "../../src/receiver/ssh/sshd-config.ts";
import { mostAtWork } from "../../src/receiver/at-work.ts";
import { mostGenerations } from "../../src/router/nginx/end-oldest.ts";
import { renderMain } from "../../src/router/text/render.ts";
import { duration, size } from "../../src/settings/schemas.ts";
import { table } from "../../src/settings/table.ts";
import { formatBytes } from "../../src/system/format-bytes.ts";
import { formatDuration } from "../../src/system/format-duration.ts";
import { attemptsWindowMs, maxAttempts } from "../../src/web/authentication.ts";
import { defaultIdleMs } from "../../src/web/git.ts";
import { maxBody } from "../../src/web/hooks.ts";
import { maxInputBytes } from "../../src/web/input.ts";
import { keptLines, maxUnread } from "../../src/web/line-answer.ts";
import { longestHeadersMs, mostRequestsOfConnection } from "../../src/web/listen.ts";
import { count, fixed, same, type Section } from "./limit.ts";

const listen = { host: "127.0.0.1", port: 80 };

const nginx = renderMain({
  user: null,
  maxOpenFiles: Number.MAX_SAFE_INTEGER,
  pid: "/pid",
  errorLog: "/log",
  temp: "/temp",
  state: "/state",
  vhosts: "/vhosts",
  http: listen,
  web: listen,
  domain: "example.org",
});
const sshd = sshdConfig({ folder: "/ssh", listen, user: "git" });

/** The words behind one of a configuration's directives. */
function directive(text: string, name: string): string[] {
  const [, words] = new RegExp(`^\\s*${name} ([^;\\n]+);?$`, "m").exec(text) ?? [];
  if (words === undefined) {
    throw new Error(`nothing is said about ${name}`);
  }
  return words.split(" ");
}

const words = (name: string) => directive(nginx, name);
const time = (name: string) => formatDuration(duration(0).parse(words(name)[0]));
const bytes = (text: string | undefined) => formatBytes(size.parse(text));
const number = (name: string) => count(Number(words(name)[0]));

const [bodySize] = words("client_max_body_size");
const [headerBuffers, headerBuffer] = words("large_client_header_buffers");

export const requests: Section = {
  title: "Requests to apps",
  words:
    "What nginx limits by itself, and is not named here, is as nginx has it. A vhost template (`NGINX_ALT`) may say otherwise for an app, where that is a directive of a server or location.",
  limits: [
    fixed("body of a request", bodySize === "0" ? "none" : bytes(bodySize), "-"),
    fixed(
      "headers of a request",
      `${headerBuffers} x ${bytes(headerBuffer)}, each line in one of them`,
      "400, or 414 for the URL",
    ),
    fixed("sending the headers", time("client_header_timeout"), "408"),
    fixed(
      "requests of one connection",
      number("keepalive_requests"),
      "the connection is closed in order",
    ),
    fixed(
      "connections to apps and from clients, of each core",
      `${number("worker_connections")}, or half the files that Goku may open`,
      "idle ones are closed; where there is none, new ones",
    ),
    fixed(
      "a container accepting the connection",
      time("proxy_connect_timeout"),
      `the next container is asked, ${number("proxy_next_upstream_tries")} in all; then 504`,
    ),
    fixed(
      "silence of the app",
      time("proxy_read_timeout"),
      "504, or the answer breaks off; websockets are closed",
    ),
    fixed("silence of the app while it is sent to", time("proxy_send_timeout"), "504"),
    fixed("headers of an answer", bytes(words("proxy_buffer_size")[0]), "502"),
    fixed(
      "old nginx workers that websockets keep",
      `${mostGenerations} for each core`,
      "the oldest end, and their clients connect anew",
    ),
  ],
};

/** In bytes, of what a script becomes. */
function memoryOf(script: string): number {
  const path = resolve(import.meta.dirname, "../../src/receiver/scripts", script);
  return Number(directive(readFileSync(path, "utf8"), "ulimit -d")[0]) * 1024;
}

const gitMemory = same(memoryOf("git-service"), memoryOf("ssh-command"));

const [begin, share, all] = directive(sshd, "MaxStartups")[0]?.split(":") ?? [];
const silentSeconds =
  Number(directive(sshd, "ClientAliveInterval")[0]) *
  Number(directive(sshd, "ClientAliveCountMax")[0]);

export const doors: Section = {
  title: "git, octo and the API",
  limits: [
    {
      what: "what a push brings, as it is sent and as git unpacks it",
      limit: `what is free on Goku's disk above \`${String(table.buildDiskFloor.fallback)}\`, or above a tenth of the disk`,
      beyond: "the push is refused",
      setting: `\`${table.buildDiskFloor.key}\``,
    },
    fixed(
      "pushes and fetches of one key or token at a time",
      count(mostAtWork),
      "refused, over HTTP with 503; who waits for his deploy counts",
    ),
    fixed(
      "commands of octo's by one SSH key at a time",
      count(mostAtWork),
      "refused; logs that are followed count",
    ),
    fixed("memory of one push or fetch", formatBytes(gitMemory), "git fails"),
    fixed(
      "list of refs in a repository's first push",
      `${formatBytes(maxBody)}, some half a million`,
      "refused",
    ),
    fixed(
      "what a pusher does not read",
      formatBytes(maxUnread),
      `lines are left out, all but the last ${keptLines}; the deploy goes on`,
    ),
    fixed(
      "silence of a client, git over HTTP",
      formatDuration(defaultIdleMs),
      "the connection is closed",
    ),
    fixed(
      "silence of a client, SSH",
      `${silentSeconds} s without an answer of its ssh`,
      "the connection is closed; what is not live is cancelled",
    ),
    fixed(
      "connections by SSH that have not logged in",
      `${begin}`,
      `${share} % of new ones are refused, and more the more there are; all from ${all} on`,
    ),
    fixed(
      "logging in by SSH",
      `${directive(sshd, "LoginGraceTime")[0]} s, ${directive(sshd, "MaxAuthTries")[0]} keys tried`,
      "the connection is closed",
    ),
    fixed(
      "wrong tokens of one address",
      `${maxAttempts} within ${formatDuration(attemptsWindowMs)}`,
      "429 until that time is over",
    ),
    fixed("sending the headers, API", formatDuration(longestHeadersMs), "408"),
    fixed(
      "requests of one connection, API",
      `${count(mostRequestsOfConnection)}, one after the other`,
      "503; a new connection has as many again",
    ),
    fixed("input of a verb", formatBytes(maxInputBytes), "refused"),
    fixed(
      "a command by `octo -H`",
      formatBytes(maxCommandBytes),
      "refused; a long value goes on standard input",
    ),
  ],
};
