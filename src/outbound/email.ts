import { createTransport } from "nodemailer";
import type { Answer } from "../engine/delivery/deliver.ts";
import type { Mail } from "../engine/delivery/other-routes.ts";

/** Pages by e-mail. The Message-ID is the delivery's: a repeat is recognised as the same mail. */
export type Mailer = { send(mail: Mail): Promise<Answer>; close(): void };

const TIMEOUT_MS = 10_000;
const SUBJECT_MAX = 200;

/** `tlsOnly`: rather no mail than one in clear, password included. */
export function createMailer({ smtpUrl, from, tlsOnly }: { smtpUrl: string; from: string; tlsOnly: boolean }): Mailer {
  const transport = createTransport(
    {
      url: smtpUrl,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      requireTLS: tlsOnly,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  const host = from.split("@").at(-1) ?? "countersign";
  return {
    async send({ to, subject, text, messageId }) {
      try {
        await transport.sendMail({
          to: { name: "", address: to },
          subject: oneLine(subject).slice(0, SUBJECT_MAX),
          text,
          messageId: `<${messageId}@${host}>`,
          headers: { "Auto-Submitted": "auto-generated", "X-Priority": "1" },
        });
        return { result: "sent" };
      } catch (error) {
        return answerOf(error);
      }
    },
    close: () => transport.close(),
  };
}

const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ").trim();

/**
 * A mail server's 5xx is its last word; everything else may pass. Its words are not repeated beyond the code: they may hold
 * anything.
 */
function answerOf(error: unknown): Answer {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (responseCode !== undefined && responseCode >= 500)
    return { result: "failed", why: `the mail server refuses it (${responseCode})` };
  if (responseCode !== undefined) return { result: "retry", why: `the mail server says ${responseCode}` };
  return { result: "retry", why: `the mail server cannot be reached (${code ?? "no answer"})` };
}
