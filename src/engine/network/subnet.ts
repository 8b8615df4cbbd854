/** An IPv4 network. */
export interface Subnet {
  /** First address, as a number. */
  readonly first: number;
  readonly prefix: number;
}

/** A Linux bridge holds 1,023 ports; a /22 has 1,022 addresses for them. */
const routedPrefix = 22;
/** A project may have a hundred containers of a service, or two hundred services, and a push runs new ones beside them. */
const projectPrefix = 23;
const smallPrefix = 26;
/** Where there is less room than this, all of it is for routed networks. */
const smallestShared = 20;
/** Left to whatever somebody else connects to a routed network without an address. */
const guestPrefix = 28;

const subnetPattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** @throws RangeError when the text is no network that can hold containers */
export function parseSubnet(text: string): Subnet {
  const subnet = readSubnet(text);
  if (subnet === null || subnet.prefix < 8 || subnet.prefix > 26) {
    throw new RangeError(`"${text}" is not an IPv4 network between /8 and /26`);
  }
  return subnet;
}

/** Null for what is no IPv4 network. */
function readSubnet(text: string): Subnet | null {
  const parts = subnetPattern.exec(text)?.slice(1).map(Number);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = parts ?? [];
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) {
    return null;
  }
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return { first: (address & mask(prefix)) >>> 0, prefix };
}

/** Those that have no address of networks in use, written as Docker does: IPv4 or not. */
export function freeOf(subnets: readonly Subnet[], used: readonly string[]): Subnet[] {
  const taken = used.flatMap((text) => readSubnet(text) ?? []);
  return subnets.filter((subnet) => !taken.some((other) => overlap(subnet, other)));
}

function overlap(one: Subnet, other: Subnet): boolean {
  const shared = mask(Math.min(one.prefix, other.prefix));
  return ((one.first ^ other.first) & shared) === 0;
}

export function formatSubnet({ first, prefix }: Subnet): string {
  return `${formatAddress(first)}/${prefix}`;
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

export function gatewayOf({ first }: Subnet): string {
  return formatAddress(first + 1);
}

/** The part of a network that Docker may hand out itself. */
export function guestsOf(subnet: Subnet): Subnet {
  return { first: subnet.first + sizeOf(subnet.prefix) - sizeOf(guestPrefix), prefix: guestPrefix };
}

/** Addresses that can be leased: all but the network's own, the gateway's and those of guests, beginning after `after`. */
export function* addressesOf(subnet: Subnet, after = 0): Generator<string> {
  const lowest = subnet.first + 2;
  const end = guestsOf(subnet).first;
  const begin = after >= lowest && after < end ? after + 1 : lowest;
  for (let address = begin; address < end; address++) {
    yield formatAddress(address);
  }
  for (let address = lowest; address < begin; address++) {
    yield formatAddress(address);
  }
}

/** Addresses of a project's network that are given to containers by us: its lower half, without its own and the gateway's. */
export function* givenAddresses({ first, prefix }: Subnet): Generator<string> {
  for (let address = first + 2; address < first + sizeOf(prefix + 1); address++) {
    yield formatAddress(address);
  }
}

/** What Docker gives an address to by itself gets one of the upper half, and so never one that is somebody's already. */
export function upperHalf({ first, prefix }: Subnet): Subnet {
  return { first: first + sizeOf(prefix + 1), prefix: prefix + 1 };
}

export function parseAddress(text: string): number {
  return text.split(".").reduce((address, byte) => ((address << 8) | Number(byte)) >>> 0, 0);
}

/**
 * How the instance's network is shared out, each part in the order in which it is taken. Networks of projects are large
 * ones first; small ones are theirs and those of links. Where there are none, Docker chooses.
 */
export function planSubnets(whole: Subnet): {
  readonly routed: readonly Subnet[];
  readonly projects: readonly Subnet[];
  readonly links: readonly Subnet[];
} {
  if (whole.prefix > smallestShared) {
    return {
      routed: split(whole, Math.max(whole.prefix, routedPrefix)),
      projects: [],
      links: [],
    };
  }
  const [lower, upper] = halvesOf(whole);
  const [large, small] = halvesOf(upper);
  const links = [small, large].flatMap((part) => split(part, smallPrefix));
  return {
    routed: split(lower, routedPrefix),
    projects: [...split(large, projectPrefix), ...links],
    links,
  };
}

/** True where services of projects can have routed networks of their own. */
export function hasSeveralRouted(whole: Subnet): boolean {
  return planSubnets(whole).routed.length > 1;
}

function halvesOf({ first, prefix }: Subnet): [lower: Subnet, upper: Subnet] {
  return [{ first, prefix: prefix + 1 }, upperHalf({ first, prefix })];
}

function split(subnet: Subnet, prefix: number): Subnet[] {
  return Array.from({ length: 2 ** (prefix - subnet.prefix) }, (_, at) => ({
    first: subnet.first + at * sizeOf(prefix),
    prefix,
  }));
}

function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

function mask(prefix: number): number {
  // A shift by 32 is none in JavaScript.
  return prefix === 0 ? 0 : (0xff_ff_ff_ff << (32 - prefix)) >>> 0;
}
