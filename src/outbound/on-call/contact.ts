import type { Directory } from "../../domain/people/directory.ts";

/** Finding our people by what other services call them. */
export type Named = { email?: string | null | undefined; name?: string | null | undefined };

/** By e-mail address, then by Slack user id or a name that only one reviewer has. null = none of ours. */
export function matchReviewer(directory: Pick<Directory, "reviewers">, { email, name }: Named): string | null {
  const reviewers = [...directory.reviewers.values()];
  const address = email?.trim().toLowerCase();
  const byEmail = reviewers.find((one) => address !== undefined && address !== "" && one.email?.toLowerCase() === address);
  if (byEmail !== undefined) return byEmail.userId;
  const wanted = name?.trim().replace(/^@/, "").toLowerCase() ?? "";
  const named = reviewers.filter((one) => one.userId.toLowerCase() === wanted || one.name.toLowerCase() === wanted);
  return named.length === 1 ? (named[0]?.userId ?? null) : null;
}
