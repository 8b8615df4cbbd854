import * as errors from "../src/errors.ts";

type Module = typeof errors;

/** The names of all factories of errors.ts. */
export type Factory = {
  [K in keyof Module]: Module[K] extends (...args: never[]) => errors.GokuError ? K : never;
}[keyof Module];

const cause = new Error("connect ECONNREFUSED");

/** Each failure once; a factory that is missing here does not compile. */
export const samples: Readonly<Record<Factory, errors.GokuError>> = {
  usage: errors.usage("config:set needs a value.", "octo config:set app/KEY value"),
  badRepositoryName: errors.badRepositoryName("../blog"),
  badAppName: errors.badAppName("My App"),
  nameTaken: errors.nameTaken(
    "blog-api",
    'the branch "main" of "blog-api"',
    'the branch "api" of "blog"',
  ),
  noSuchApp: errors.noSuchApp("blgo", "blog"),
  noSuchRelease: errors.noSuchRelease("blog", 7),
  notAllowed: errors.notAllowed("ci", "deploy shop"),
  unauthorized: errors.unauthorized(),
  nothingToBuild: errors.nothingToBuild("Dockerfile"),
  wrongToken: errors.wrongToken(),
  badProject: errors.badProject(
    "Line 3 of the Dockerfile: EXPOSE needs a port.",
    "Write one: EXPOSE 3000",
  ),
  againstPolicy: errors.againstPolicy("ci", "blog", [
    { kind: "privileged", text: "service web sets privileged: true" },
    { kind: "docker-socket", text: "service web mounts /var/run/docker.sock" },
  ]),
  notPushedYet: errors.notPushedYet("blog", null),
  buildFailed: errors.buildFailed("The build failed in [2/3] RUN npm ci (exit status 1).", []),
  domainTaken: errors.domainTaken("example.org", "shop"),
  domainReserved: errors.domainReserved("goku.example.org"),
  unhealthy: errors.unhealthy("blog-main.v2.1 ended with exit status 1 before it was healthy.", []),
  dockerUnavailable: errors.dockerUnavailable(cause),
  consulUnavailable: errors.consulUnavailable("http://127.0.0.1:8500", cause),
  consulRefused: errors.consulRefused("http://127.0.0.1:8500", "given", "ACL not found"),
  consulDeclined: errors.consulDeclined("http://127.0.0.1:8500", "Invalid check"),
  nginxFailed: errors.nginxFailed(
    "nginx refused the new configuration. The previous routes are in place.",
  ),
  superseded: errors.superseded("the push of 1a2b3c4 by alice"),
  cancelled: errors.cancelled("alice cancelled it"),
  refMoved: errors.refMoved("main", "1a2b3c4"),
  keyIsGone: errors.keyIsGone("alice"),
  badPublicKey: errors.badPublicKey(
    "This is a private key.",
    "Keep it to yourself and give the public one: id_ed25519.pub",
  ),
  noSuchKey: errors.noSuchKey("alcie", "alice"),
  noSuchToken: errors.noSuchToken("cii", "ci"),
  noSuchVar: errors.noSuchVar("blog", "PROT"),
  noSuchVerb: errors.noSuchVerb("statsu", "status"),
  nothingToCancel: errors.nothingToCancel("blog"),
  tooManyAttempts: errors.tooManyAttempts(),
  daemonNotRunning: errors.daemonNotRunning("/var/lib/goku/goku.sock", cause),
  socketForbidden: errors.socketForbidden("/var/lib/goku/goku.sock", cause),
  connectionLost: errors.connectionLost("config:set", cause),
  socketInUse: errors.socketInUse("/var/lib/goku/goku.sock"),
  portInUse: errors.portInUse("127.0.0.1:8080", cause),
  internalError: errors.internalError("3f2a"),
  tooManyVars: errors.tooManyVars("blog", 70, 64),
  varsTooLarge: errors.varsTooLarge("blog", 600_000),
  nameInUse: errors.nameInUse("key", "alice"),
  keyKnown: errors.keyKnown("SHA256:...", "alice"),
  storeTooNew: errors.storeTooNew("/var/lib/goku/goku.db", 5, 3),
  storeUnusable: errors.storeUnusable("/var/lib/goku/goku.db", new Error("disk I/O error")),
  networkNameTaken: errors.networkNameTaken("goku"),
  subnetInUse: errors.subnetInUse(
    "10.213.0.0/22",
    new Error("Pool overlaps with other one on this address space"),
  ),
  noAddressLeft: errors.noAddressLeft("10.213.0.0/16"),
  linkedContainerMissing: errors.linkedContainerMissing("blog_redis", false, "goku"),
  linkedContainerNotOurs: errors.linkedContainerNotOurs("blog_redis", "goku"),
  noStaticBusybox: errors.noStaticBusybox(["/bin/busybox", "/usr/bin/busybox"]),
  namespaceLost: errors.namespaceLost("blog-main.v2.1"),
  diskTooFull: errors.diskTooFull("/var/lib/docker", "500 MB", "1 GB"),
  imageUnavailable: errors.imageUnavailable("node:22", "no such image", "Correct the FROM line."),
  imageNotPushed: errors.imageNotPushed(
    "registry.example.org/blog-main:v2",
    "denied",
    "Log in: docker login",
  ),
  notText: errors.notText(),
  badSettings: errors.badSettings([
    { where: "GOKU_HTTP", problem: '"eighty" is no address', fix: "Write it as 0.0.0.0:80." },
  ]),
  settingsFileMissing: errors.settingsFileMissing("/etc/goku/other.toml"),
  settingsUnreadable: errors.settingsUnreadable(
    "/etc/goku/goku.toml",
    new Error("permission denied"),
  ),
  noSuchRepository: errors.noSuchRepository("blgo"),
  badBranchName: errors.badBranchName("---"),
  branchInTheWay: errors.branchInTheWay("feature", "feature/x"),
  notByADoor: errors.notByADoor(),
  sshdMissing: errors.sshdMissing("/usr/sbin/sshd"),
  sshdFailed: errors.sshdFailed("0.0.0.0:2222", "Address already in use"),
  gitUserFailed: errors.gitUserFailed("git", "useradd: group git exists"),
  portTaken: errors.portTaken(
    "0.0.0.0:80",
    "apache2 (pid 812)",
    "Stop it, or set `http` to another address.",
  ),
  noSuchGitService: errors.noSuchGitService(),
  noServices: errors.noServices("blog"),
  noSuchService: errors.noSuchService("blog", "wroker", "worker", ["web", "worker"]),
  noMainService: errors.noMainService("jobs", "octo scale jobs worker=2"),
};
