import { describe, expect, it } from "vitest";
import { findingsOfWeb } from "./findings-of.ts";

describe("what takes down the walls of a container", () => {
  it.each([
    [{ privileged: true }, "privileged: service web sets privileged: true"],
    [{ network_mode: "host" }, "host-namespace: service web sets network_mode: host"],
    [{ network_mode: "container:x" }, "host-namespace: service web sets network_mode: container:x"],
    [{ pid: "host" }, "host-namespace: service web sets pid: host"],
    [{ pid: "container:shop" }, "host-namespace: service web sets pid: container:shop"],
    [{ ipc: "host" }, "host-namespace: service web sets ipc: host"],
    [{ ipc: "container:shop" }, "host-namespace: service web sets ipc: container:shop"],
    [{ uts: "host" }, "host-namespace: service web sets uts: host"],
    [{ userns_mode: "host" }, "host-namespace: service web sets userns_mode: host"],
    [{ cgroup: "host" }, "host-namespace: service web sets cgroup: host"],
    [
      { cgroup_parent: "/system.slice" },
      "host-namespace: service web sets cgroup_parent: /system.slice",
    ],
    [{ use_api_socket: true }, "docker-socket: service web sets use_api_socket: true"],
    [{ devices: ["/dev/kvm"] }, 'devices: service web sets devices: ["/dev/kvm"]'],
    [
      { device_cgroup_rules: ["c 1:3 mr"] },
      'devices: service web sets device_cgroup_rules: ["c 1:3 mr"]',
    ],
    [{ gpus: "all" }, "devices: service web sets gpus: all"],
    [
      { deploy: { resources: { reservations: { devices: [{ capabilities: ["gpu"] }] } } } },
      'devices: service web sets deploy.resources.reservations.devices: [{"capabilities":["gpu"]}]',
    ],
    [{ runtime: "nvidia" }, "devices: service web sets runtime: nvidia"],
    [{ cap_add: ["SYS_ADMIN"] }, "capabilities: service web adds the capability SYS_ADMIN"],
    [{ cap_add: ["all"] }, "capabilities: service web adds the capability all"],
    [{ cap_add: ["cap_net_admin"] }, "capabilities: service web adds the capability cap_net_admin"],
    [
      { security_opt: ["seccomp:unconfined"] },
      "security-options: service web sets security_opt: seccomp:unconfined",
    ],
    [
      { security_opt: ["no-new-privileges:false"] },
      "security-options: service web sets security_opt: no-new-privileges:false",
    ],
    [
      { sysctls: { "kernel.core_pattern": "|/x" } },
      "security-options: service web sets the sysctl kernel.core_pattern: |/x",
    ],
    [
      { sysctls: { "vm.max_map_count": "262144" } },
      "security-options: service web sets the sysctl vm.max_map_count: 262144",
    ],
    [{ oom_kill_disable: true }, "security-options: service web sets oom_kill_disable: true"],
    [{ oom_score_adj: -500 }, "security-options: service web sets oom_score_adj: -500"],
    [
      { credential_spec: { file: "x" } },
      'security-options: service web sets credential_spec: {"file":"x"}',
    ],
    [{ cpu_rt_runtime: "95000" }, "security-options: service web sets cpu_rt_runtime: 95000"],
    [{ ulimits: { rtprio: 99 } }, "security-options: service web sets the ulimit rtprio: 99"],
    [
      { ulimits: { nice: { soft: 1, hard: 40 } } },
      'security-options: service web sets the ulimit nice: {"soft":1,"hard":40}',
    ],
    [
      { annotations: { "org.systemd.property.DevicePolicy": "'auto'" } },
      "security-options: service web sets the annotation org.systemd.property.DevicePolicy",
    ],
  ])("%j", (web, finding) => {
    expect(findingsOfWeb(web)).toEqual([finding]);
  });

  it("tells all of them at once", () => {
    const web = { privileged: true, pid: "host", cap_add: ["SYS_PTRACE", "SYS_MODULE"] };
    expect(findingsOfWeb(web)).toEqual([
      "privileged: service web sets privileged: true",
      "host-namespace: service web sets pid: host",
      "capabilities: service web adds the capability SYS_PTRACE",
      "capabilities: service web adds the capability SYS_MODULE",
    ]);
  });

  it("shows a value on one line that is not endless", () => {
    const [finding = ""] = findingsOfWeb({ pid: `host\n-----> Allowed${"x".repeat(500)}` });
    expect(finding).toMatch(/^host-namespace: service web sets pid: host -----> Allowedx+\.\.\.$/);
    expect(finding.length).toBeLessThan(180);
  });
});

describe("what is harmless in a container", () => {
  it.each([
    { privileged: false },
    { network_mode: "none" },
    { network_mode: "service:db" },
    { pid: "service:db" },
    { ipc: "shareable" },
    { ipc: "service:db" },
    { ipc: "none" },
    { cgroup: "private" },
    { runtime: "runc" },
    { cap_drop: ["ALL"], cap_add: ["NET_BIND_SERVICE", "chown", "CAP_SETUID"] },
    { security_opt: ["no-new-privileges:true", "no-new-privileges"] },
    { sysctls: { "net.core.somaxconn": "1024", "kernel.shmmax": "1", "fs.mqueue.msg_max": "9" } },
    { oom_score_adj: 500, oom_kill_disable: false },
    { ulimits: { nofile: { soft: 1, hard: 2 }, memlock: -1 } },
    { deploy: { replicas: 2, resources: { limits: { cpus: 1, memory: "1" } }, placement: {} } },
    { devices: [], cap_add: null, gpus: null },
    { image: "busybox", command: ["sleep", "1"], environment: { A: "1" }, init: true, tty: true },
    { extra_hosts: ["host.docker.internal=host-gateway"], dns: ["1.1.1.1"], user: "0:0" },
    { healthcheck: { test: ["CMD", "true"] }, restart: "always", stop_grace_period: "1m0s" },
    { tmpfs: ["/tmp"], shm_size: "1", read_only: true, storage_opt: { size: "1g" } },
  ])("%j", (web) => {
    expect(findingsOfWeb(web)).toEqual([]);
  });
});
