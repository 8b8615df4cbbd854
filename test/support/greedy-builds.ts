import type { Files } from "./working-copies.ts";

/** Trees whose builds want more than a build may have. Each ends by itself, should nothing else end it. */
export const greedyBuilds = {
  /** Four processes that never rest. */
  cpu: (seconds: number) =>
    greedy(
      `for i in 1 2 3 4; do timeout ${seconds} sh -c 'while :; do :; done' & done; wait; echo burnt`,
    ),
  /** 400 MB, again and again for so long, and then 600 MB. dd would live with less while another one is being killed. */
  memory: (seconds: number) =>
    greedy(
      `timeout ${seconds} sh -c 'while :; do dd if=/dev/zero of=/dev/null bs=400M count=1; done'; ` +
        "head -c 600000000 /dev/zero | tail -c 599999999 > /dev/null",
    ),
  /** Some 300 MB a second. */
  disk: (gigabytes: number) =>
    greedy(
      `for i in $(seq ${gigabytes * 32}); do dd if=/dev/zero of=/filled$i bs=1M count=32 2>&1; sleep 0.1; done`,
    ),
} as const;

/** The same as a service of a compose project. */
export function asService(files: Files): Files {
  return {
    ...files,
    "compose.yaml": 'services:\n  web:\n    build: .\n    ports: ["80"]\n',
  };
}

function greedy(command: string): Files {
  // The time makes a step that no builder has in its cache.
  return {
    Dockerfile: `FROM goku-test/busybox\nRUN : ${Date.now()}; ${command}\nEXPOSE 80\nCMD ["httpd", "-f"]\n`,
  };
}
