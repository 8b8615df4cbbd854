import type { Finding } from "../../service.ts";
import type { ComposeModel, ModelService } from "./model.ts";
import { isSet, listOf, type Loose, recordOf } from "./findings-values.ts";

/*
 * Everything that Goku knows of in a compose file: harmless by itself, or looked at by another of these rules. A key that is
 * not here may reach anywhere, so that it is a finding: the next version of compose brings one that nobody has judged.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const known = {
  top: words("name version include services networks volumes secrets configs"),
  service: words(`
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
    cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy
    develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends
    external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging
    mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode networks oom_kill_disable oom_score_adj
    pid pids_limit platform ports privileged profiles pull_policy read_only restart runtime scale secrets security_opt
    shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode
    uts volumes volumes_from working_dir
  `),
  build: words(`
    additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts isolation
    labels network no_cache platforms privileged pull secrets shm_size ssh tags target ulimits
  `),
  deploy: words(
    "endpoint_mode labels mode placement replicas resources restart_policy rollback_config update_config",
  ),
  resources: words("limits reservations"),
  limits: words("cpus memory pids"),
  reservations: words("cpus devices generic_resources memory"),
  mount: words("bind consistency read_only source target tmpfs type volume"),
  bind: words("create_host_path propagation recursive selinux"),
  mountedVolume: words("nocopy subpath"),
  mountedTmpfs: words("mode size"),
  port: words("app_protocol host_ip mode name protocol published target"),
  attachment: words(
    "aliases driver_opts gw_priority ipv4_address ipv6_address link_local_ips mac_address priority",
  ),
  fileUse: words("gid mode source target uid"),
  logging: words("driver options"),
  network: words(
    "attachable driver driver_opts enable_ipv4 enable_ipv6 external internal ipam labels name",
  ),
  volume: words("driver driver_opts external labels name"),
  file: words("content environment external file labels name"),
};

/** Keys whose meaning Goku does not know. */
export function unknownKeys(model: ComposeModel): Finding[] {
  return [
    ...unknown("the file", model, known.top),
    ...entries(model.services).flatMap(([name, service]) => ofService(name, service)),
    ...entries(model.networks).flatMap(([name, part]) =>
      unknown(`network ${name}`, part, known.network),
    ),
    ...entries(model.volumes).flatMap(([name, part]) =>
      unknown(`volume ${name}`, part, known.volume),
    ),
    ...entries(model.secrets).flatMap(([name, part]) =>
      unknown(`secret ${name}`, part, known.file),
    ),
    ...entries(model.configs).flatMap(([name, part]) =>
      unknown(`config ${name}`, part, known.file),
    ),
  ];
}

function ofService(name: string, service: ModelService): Finding[] {
  const who = `service ${name}`;
  const resources = recordOf(service.deploy?.["resources"]);
  return [
    ...unknown(who, service, known.service),
    ...unknown(who, service.build, known.build, "build."),
    ...unknown(who, service.deploy, known.deploy, "deploy."),
    ...unknown(who, resources, known.resources, "deploy.resources."),
    ...unknown(who, resources["limits"], known.limits, "deploy.resources.limits."),
    ...unknown(
      who,
      resources["reservations"],
      known.reservations,
      "deploy.resources.reservations.",
    ),
    ...unknown(who, service["logging"], known.logging, "logging."),
    ...listOf(service.volumes).flatMap((mount) => ofMount(who, recordOf(mount))),
    ...listOf(service.ports).flatMap((port) => unknown(who, port, known.port, "ports.")),
    ...entries(service.networks).flatMap(([, part]) =>
      unknown(who, part, known.attachment, "networks."),
    ),
    ...listOf(service.secrets).flatMap((use) => unknown(who, use, known.fileUse, "secrets.")),
    ...listOf(service.configs).flatMap((use) => unknown(who, use, known.fileUse, "configs.")),
  ];
}

function ofMount(who: string, mount: Loose): Finding[] {
  return [
    ...unknown(who, mount, known.mount, "volumes."),
    ...unknown(who, mount["bind"], known.bind, "volumes.bind."),
    ...unknown(who, mount["volume"], known.mountedVolume, "volumes.volume."),
    ...unknown(who, mount["tmpfs"], known.mountedTmpfs, "volumes.tmpfs."),
  ];
}

function unknown(who: string, part: unknown, keys: ReadonlySet<string>, before = ""): Finding[] {
  return entries(recordOf(part))
    .filter(([key, value]) => !keys.has(key) && !key.startsWith("x-") && isSet(value))
    .map(([key]) => ({
      kind: "unknown-keys",
      text: `${who} uses ${before}${key}, which Goku does not know`,
    }));
}

function entries<T>(record: Readonly<Record<string, T>> | null | undefined): [string, T][] {
  return Object.entries(record ?? {});
}
