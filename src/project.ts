import type { Definition, Finding, Service, ServiceRoute, TreeMount } from "./service.ts";

/** A host folder or file seen inside the containers (`# MOUNT_FROM_HOST`). */
export interface HostMount {
  readonly source: string;
  readonly target: string;
}

/** A container port published on the host (`# PORTS_FROM_HOST`). */
export interface PublishedPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly hostAddress: string;
}

/** A container reachable by name from the app's own (`# LINK_SERVICE`). */
export interface Link {
  /** The name the app's containers know it by. */
  readonly alias: string;
  /** The container's name in Docker. */
  readonly container: string;
}

/** What the checked-out tree says about how to build and run it. */
export interface DockerfileProject {
  readonly kind: "dockerfile";
  /** Path in the tree. */
  readonly dockerfile: string;
  /** The port that answers HTTP: the first EXPOSE of the final stage; null when there is none, or NO_HTTP_PROXY says so. */
  readonly port: number | null;
  /** Every port that the final stage exposes, in the order of the file. */
  readonly exposed: readonly number[];
  /** Images the build starts or copies from, without the file's own stages and `scratch`. */
  readonly baseImages: readonly string[];
  /** Images that ONBUILD copies from once something is built on this one. */
  readonly triggerImages?: readonly string[];
  /** The image that the build is left to, where that is not Docker's (`# syntax=`). */
  readonly frontend?: string;
  /** The file begins with a `# syntax=` line, mounts a secret or SSH: only the docker CLI can build it. */
  readonly needsCli: boolean;
  /** Lines of the `.dockerignore` that counts for this Dockerfile; null when there is none. */
  readonly ignore: string | null;
  /** The tree names submodules. */
  readonly submodules: boolean;
  /** Domains of the CNAME file, in order, unique. */
  readonly domains: readonly string[];
  /** Host name of the containers: the last line of CNAME, as octohost has it; null for the app's name. */
  readonly hostname: string | null;
  /** A command run once in the new image before the candidate starts (`# RELEASE`). */
  readonly release: string | null;
  /** `# ADD_NAME`: the first container also answers to the app's id on the app's link network. */
  readonly addName: boolean;
  /** `# VOLUMES_FROM`: mount the volumes of `<app>_data`. */
  readonly volumesFrom: boolean;
  readonly mounts: readonly HostMount[];
  /** Paths of the image's VOLUMEs, where named volumes of the app keep what is written; empty until the image is built. */
  readonly volumes: readonly string[];
  readonly published: readonly PublishedPort[];
  readonly links: readonly Link[];
  /** Config vars given to the build as ARG (`# BUILD_ARG KEY`). */
  readonly buildArgs: readonly string[];
  /** Config vars given to the build as secrets (`# BUILD_SECRET KEY`). */
  readonly buildSecrets: readonly string[];
  /** Sentences the pusher should read: a choice made between several ports, a line that was skipped. */
  readonly notes: readonly string[];
}

/** What a compose file means, made ready to run beside what runs already. */
export interface ComposeProject {
  readonly kind: "compose";
  /** Path in the tree. */
  readonly file: string;
  /** The tree names submodules. */
  readonly submodules: boolean;
  /** In the order of their names. */
  readonly services: readonly Service[];
  /** Where HTTP goes. The first also has the app's own host names and its `domains`; none: no HTTP. */
  readonly routes: readonly ServiceRoute[];
  /** Domains of the CNAME file. */
  readonly domains: readonly string[];
  /** A command run once in a new container of the service before the candidate starts (`x-goku: {release: ...}`). */
  readonly release: { readonly service: string; readonly command: string } | null;
  /**
   * What containers are made from: paths, names and ports are Goku's. Images are not in it (see `images`), nor is anything
   * that changes with each release, so that an unchanged service stays unchanged.
   */
  readonly definition: Definition;
  readonly mounts: readonly TreeMount[];
  readonly findings: readonly Finding[];
  /** Image ids by service; empty until they are built and pulled. */
  readonly images: Readonly<Record<string, string>>;
  /** Sentences the pusher should read. */
  readonly notes: readonly string[];
}

export type Project = DockerfileProject | ComposeProject;
