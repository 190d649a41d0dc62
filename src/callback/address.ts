import ipaddr from "ipaddr.js";

/** Addresses that a callback must never reach: only ordinary public unicast is let through, whatever form the address is written in. */
const EMBEDDED_V4: [string, number][] = [
  // NAT64 carries an IPv4 address inside, which could be any.
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
];

export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  let address: ipaddr.IPv4 | ipaddr.IPv6 = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) address = address.toIPv4Address();
  if (address instanceof ipaddr.IPv6 && EMBEDDED_V4.some(([prefix, bits]) => address.match(ipaddr.parse(prefix), bits)))
    return false;
  return address.range() === "unicast";
}

export function isLoopbackAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return (
    (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address).range() === "loopback"
  );
}
