/** What Docker keeps of what a container writes, in docker compose's words: by itself its log has no end. */
export const containerLog = {
  driver: "json-file",
  options: { "max-size": "10m", "max-file": "3" },
} as const;
