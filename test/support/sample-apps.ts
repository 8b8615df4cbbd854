import type { Files } from "./working-copies.ts";

/** Dockerfiles of apps that serve their folder www: by a program that forks for each request, and by one that does not. */
export const serveWww = {
  httpd:
    "FROM goku-test/busybox\nCOPY www /www\nEXPOSE 80\n" +
    'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n',
  nginx: "FROM goku-test/nginx\nCOPY www /www\nEXPOSE 80\n",
} as const;

/** A page served by busybox's httpd, and the container's environment at /cgi-bin/env. */
export function page(text: string, more: Files = {}): Files {
  return {
    Dockerfile: serveWww.httpd,
    "www/index.html": text,
    "www/cgi-bin/env": "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec env -0\n",
    ...more,
  };
}

/** A Dockerfile app whose container runs one shell command. */
export function shellApp(command: string, lines: readonly string[] = ["EXPOSE 80"]): Files {
  return {
    Dockerfile: `FROM goku-test/busybox\n${lines.join("\n")}\nCMD ${JSON.stringify(["sh", "-c", command])}\n`,
  };
}

export const brokenBuild: Files = {
  Dockerfile: "FROM goku-test/busybox\nRUN echo about to break && false\nEXPOSE 80\n",
};

/** The variables a container was given, from a `page` app's /cgi-bin/env. */
export function parseEnv(body: string): Record<string, string> {
  return Object.fromEntries(
    body
      .split("\0")
      .filter((entry) => entry.includes("="))
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}
