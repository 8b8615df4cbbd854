import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sentence } from "../../src/router/nginx/binary.ts";
import { isDistributionDefault } from "../../src/router/nginx/distribution.ts";
import { refusal } from "../../src/router/nginx/error-log.ts";

const emergency = (pid: number, text: string) =>
  `2026/11/21 12:14:49 [emerg] ${pid}#${pid}: ${text}`;

describe("a refusal in nginx's error log", () => {
  it("is what the master calls an emergency, not a worker, nor a lesser thing", () => {
    const lines = [
      emergency(7, "another's"),
      "2026/11/21 12:14:49 [warn] 8#8: conflicting server name",
      emergency(8, 'unknown directive "x" in /a.conf:1'),
    ];

    expect(refusal(lines, 8)).toEqual(['unknown directive "x" in /a.conf:1']);
    expect(refusal(lines, 9)).toEqual([]);
  });

  it("is not that a socket which is no longer wanted is gone already", () => {
    const gone = "unlink() /run/a.sock failed (2: No such file or directory)";

    expect(refusal([emergency(8, gone)], 8)).toEqual([]);
    expect(refusal([emergency(8, gone), emergency(8, "open() failed")], 8)).toHaveLength(1);
  });

  it("of a port is final only when nginx has given up", () => {
    const tries = [
      emergency(8, "bind() to 0.0.0.0:443 failed (98)"),
      emergency(8, "bind() to 0.0.0.0:443 failed (98)"),
    ];

    expect(refusal(tries, 8)).toEqual([]);
    expect(refusal([...tries, emergency(8, "still could not bind()")], 8)).toHaveLength(3);
  });
});

describe("nginx's sentence", () => {
  it("is the emergency, without date, process and our file", () => {
    const stderr =
      'nginx: [warn] conflicting server name\nnginx: [emerg] unknown directive "x" in /p/a.conf:12\n' +
      "nginx: configuration file /p/nginx.conf test failed\n";

    expect(sentence(stderr, "/p/a.conf")).toBe('unknown directive "x" in line 12');
    expect(sentence(emergency(5, "unexpected end of file in /p/a.conf:3"), "/p/a.conf")).toBe(
      "unexpected end of file in line 3",
    );
    expect(sentence("something else\n", "/p/a.conf")).toBe("something else");
  });
});

describe("the distribution's default site", () => {
  it("is untouched when there is nothing beside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "goku-distribution-"));
    expect(await isDistributionDefault(folder)).toBe(false);

    await mkdir(join(folder, "sites-enabled"));
    await mkdir(join(folder, "conf.d"));
    await writeFile(join(folder, "sites-enabled/default"), "");
    expect(await isDistributionDefault(folder)).toBe(true);

    await writeFile(join(folder, "conf.d/mine.conf"), "");
    expect(await isDistributionDefault(folder)).toBe(false);
    await rm(folder, { recursive: true });
  });
});
