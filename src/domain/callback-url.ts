/** Where an agent may be called back: only hosts that the configuration lists for it. The address behind the name is checked when connecting. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Why a URL is not acceptable, as one sentence; null = it is. `hosts`: `api.example.com`, `*.example.com`, with an optional `:port` or `:*`. */
export function callbackUrlRefusal(text: string, hosts: readonly string[], allowLoopback: boolean): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "this is not a URL; use https://host/path";
  }
  if (url.username !== "" || url.password !== "") return "a callback URL must not hold a name or password";
  const loopback = LOOPBACK.has(url.hostname);
  if (loopback && !allowLoopback) return "a loopback address is not allowed here";
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:")) return "use https for callbacks";
  if (hosts.some((host) => matches(host, url))) return null;
  const known = hosts.length === 0 ? "no host is" : `only ${hosts.join(", ")} ${hosts.length === 1 ? "is" : "are"}`;
  return `${url.host} is not a callback host of this agent; ${known} allowed (agents → callback_hosts in the configuration)`;
}

function matches(pattern: string, url: URL): boolean {
  const [, name = "", port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+|\*))?$/.exec(pattern.toLowerCase()) ?? [];
  const effective = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  if (port === undefined ? url.port !== "" : port !== "*" && port !== effective) return false;
  if (name.startsWith("*.")) return url.hostname.endsWith(name.slice(1)) && url.hostname.length > name.length - 1;
  return name !== "" && url.hostname === name;
}
