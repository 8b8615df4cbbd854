import type { TestHost } from "./test-host.ts";
import type { Files } from "./working-copies.ts";

const cgi = (script: string) =>
  `#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n${script}\n`;

export interface Shop {
  /** The page that web serves. */
  readonly text: string;
  /** What the worker prints. */
  readonly worker?: string;
  /** Part of the database's definition. */
  readonly database?: string;
  /** What the database runs in place of its server. */
  readonly command?: string;
  /** One more dependency of web. */
  readonly waitFor?: string;
  /** Lines of compose.yaml below `web:`, without indentation. */
  readonly web?: readonly string[];
  /** A network of web and the database alone, in place of the project's own. */
  readonly network?: string;
  /** More services, as indented lines. */
  readonly services?: string;
  /** Lines at the top. */
  readonly top?: string;
}

/**
 * web + worker + database: the page at /, the database's starts (a line each) by way of web at /cgi-bin/db, web's
 * environment at /cgi-bin/env. What ends a container takes a second, since busybox's httpd hears no SIGTERM.
 */
export function shop({ text, worker = "works", database = "one", ...more }: Shop): Files {
  const { network } = more;
  const networks = network === undefined ? "" : `    networks: [${network}]\n`;
  const web = (more.web ?? []).map((line) => `    ${line}\n`).join("");
  return {
    "compose.yaml": `${more.top ?? ""}
services:
  web:
    build: ./web
    ports: ["8000:80"]
    stop_grace_period: 1s
    depends_on:
      db: {condition: service_healthy}
${more.waitFor === undefined ? "" : `      ${more.waitFor}\n`}${web}${networks}
  worker:
    image: goku-test/busybox
    command: ["sh", "-c", "echo ${worker}; exec sleep 100000"]
    stop_grace_period: 1s
    depends_on: [db]
  db:
    image: goku-test/busybox
    command: ["sh", "-c", "echo started >> /data/starts; ${more.command ?? "exec httpd -f -p 5432 -h /data"}"]
    stop_grace_period: 1s
    environment: {DATABASE: "${database}"}
    volumes: ["data:/data"]
${networks}    healthcheck: {test: ["CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1:5432/starts"]}
${more.services ?? ""}
volumes:
  data:
${network === undefined ? "" : `networks:\n  ${network}:\n`}`,
    "web/Dockerfile":
      'FROM goku-test/busybox\nCOPY www /www\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n',
    "web/www/index.html": text,
    "web/www/cgi-bin/db": cgi("wget -qO- http://db:5432/starts || echo no database"),
    "web/www/cgi-bin/env": cgi("exec env -0"),
  };
}

/** The database's server, ended by SIGTERM with status 0, as Postgres, Redis and MySQL are. */
export const endsWell = "trap 'exit 0' TERM; httpd -f -p 5432 -h /data & wait";

/** Web's server, for as long as a connection to the database lasts. */
export const untilDatabaseEnds =
  "httpd -p 80 -h /www; mkfifo /open; sleep 100000 > /open & nc db 5432 < /open; exit 3";

/** How often the database of a shop was started. */
export async function databaseStarts(host: TestHost, app: string): Promise<number> {
  const { body } = await host.see(app, "/cgi-bin/db");
  return body.split("\n").filter((line) => line === "started").length;
}
