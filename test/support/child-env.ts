/** What a process that a test starts gets of this one's environment: where programs are, and what was compiled before. */
export const CHILD_ENV = {
  PATH: process.env["PATH"] ?? "",
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
};
