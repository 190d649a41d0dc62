import ipaddr from "ipaddr.js";

/**
 * Addresses that a callback must never reach. Only what is listed as ordinary is let through: public IPv4 unicast, and IPv6 out
 * of 2000::/3, where the internet's addresses come from. That leaves out every form that carries an IPv4 address inside (mapped,
 * compatible, NAT64).
 */
const IPV6_GLOBAL: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/** `text` as a resolver or a URL gives it, an IPv6 address without its brackets. What is no address is not public. */
export function isPublicAddress(text: string): boolean {
  const address = addressOf(text);
  if (address === null || address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(...IPV6_GLOBAL);
}

/** 127.0.0.0/8 and ::1, nothing that only stands for them. */
export function isLoopbackAddress(text: string): boolean {
  return addressOf(text)?.range() === "loopback";
}

/** The metadata service of one cloud has an address among the private ones. */
const METADATA = ipaddr.IPv6.parse("fd00:ec2::254").toString();

/** Of a network that an operator keeps, such as 10.0.0.0/8 or fd00::/8: neither this machine nor what is local to its link. */
export function isLocalNetworkAddress(text: string): boolean {
  const address = addressOf(text);
  return address !== null && ["private", "uniqueLocal"].includes(address.range()) && address.toString() !== METADATA;
}

/** Whether this is an address at all, rather than a name. */
export function isAddress(text: string): boolean {
  return addressOf(text) !== null;
}

function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return ipaddr.isValid(text) ? ipaddr.parse(text) : null;
}
