import nock from "nock";
import { afterAll, afterEach, beforeAll } from "vitest";

/**
 * Loading nock takes the process's sockets for its own, and files of one worker share what was loaded: outside the file that asks for
 * it, a half-sent request or a hung-up connection would meet nock's sockets instead of Node's. So it works only between these hooks.
 */
nock.restore();

export function answerFromNock(): typeof nock {
  beforeAll(() => {
    nock.activate();
  });
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });
  afterAll(() => {
    nock.restore();
  });
  return nock;
}
