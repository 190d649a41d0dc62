import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { LIMITS } from "../domain/base/limits.ts";

/**
 * Mounts Slack's requests: they are signed over the raw body, so nothing here may read it first. Whatever becomes of one, its
 * answer is ended.
 */
export async function mountSlack(
  app: FastifyInstance,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.post("/slack/events", { schema: { hide: true } }, async (request, reply) => {
      // A path that only looks the same is none of Slack's.
      if (request.url.split("?")[0] !== "/slack/events") return reply.callNotFound();
      reply.hijack();
      const response = reply.raw;
      const late = setTimeout(() => endAnswer(response, 503), LIMITS.slackAnswer.value);
      response.once("close", () => clearTimeout(late));
      try {
        await handle(request.raw, response);
      } catch (error) {
        endAnswer(response, 500);
        throw error;
      }
    });
  });
}

function endAnswer(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status, { Connection: "close" });
  if (!response.writableEnded) response.end();
}
