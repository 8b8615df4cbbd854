/** What all builds together may use. */
export interface BuildLimits {
  /** CPUs: `1.5` */
  readonly cpus: number;
  readonly memoryBytes: number;
}

export type CgroupVersion = 1 | 2;

export interface LimitFile {
  /** Folder in a version 1 hierarchy; version 2 has all in one. */
  readonly controller: "cpu" | "memory";
  readonly file: string;
  readonly value: string;
  /** Not there on every kernel. */
  readonly optional: boolean;
}

const periodUs = 100_000;

/** The kernel's notation of the limits, in the order that lowers them; raising them takes the reverse. */
export function limitFiles(version: CgroupVersion, limits: BuildLimits): LimitFile[] {
  const quotaUs = Math.max(1_000, Math.round(limits.cpus * periodUs));
  const bytes = String(limits.memoryBytes);
  return version === 2
    ? [
        limit("cpu", "cpu.max", `${quotaUs} ${periodUs}`),
        limit("cpu", "cpu.idle", "0", true),
        limit("memory", "memory.max", bytes),
        limit("memory", "memory.swap.max", "0", true),
      ]
    : [
        limit("cpu", "cpu.cfs_period_us", String(periodUs)),
        limit("cpu", "cpu.cfs_quota_us", String(quotaUs)),
        limit("cpu", "cpu.idle", "0", true),
        limit("memory", "memory.limit_in_bytes", bytes),
        limit("memory", "memory.memsw.limit_in_bytes", bytes, true),
      ];
}

function limit(
  controller: LimitFile["controller"],
  file: string,
  value: string,
  optional = false,
): LimitFile {
  return { controller, file, value, optional };
}
