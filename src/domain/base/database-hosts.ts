/**
 * A database URL may name several hosts with commas between them, as libpq has it: the same database on each, and one of them
 * is the primary. One URL for each of them, in their order.
 */
export function eachHost(url: string): [string, ...string[]] {
  const [, before = "", hosts = "", after = ""] = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/.exec(url) ?? [];
  const [first, ...others] = hosts.split(",").map((host) => `${before}${host}${after}`);
  return first === undefined || others.length === 0 ? [url] : [first, ...others];
}
