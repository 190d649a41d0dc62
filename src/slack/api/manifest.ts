import type { AppsManifestCreateArguments } from "@slack/web-api";
import { say } from "../../words/en.ts";

const words = say.outside.app;

/** The Slack app as one typed object; manifest.yml is generated from it (scripts/generate-docs.ts) and checked fresh. */
export type Manifest = Exclude<AppsManifestCreateArguments["manifest"], string>;

export const MANIFEST = {
  display_information: {
    name: "Countersign",
    description: words.description,
    long_description: words.longDescription,
    background_color: "#173f38",
  },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
    bot_user: { display_name: "Countersign", always_online: true },
    slash_commands: [
      {
        command: "/countersign",
        description: words.command,
        usage_hint: words.usage,
        url: "https://YOUR-HOST/slack/events",
        should_escape: true,
      },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        "chat:write",
        "metadata.message:read",
        "commands",
        "users:read",
        "usergroups:read",
        "im:write",
        "im:history",
        "channels:read",
        "channels:history",
        "groups:read",
        "groups:history",
        "files:write",
      ],
    },
  },
  settings: {
    interactivity: { is_enabled: true, request_url: "https://YOUR-HOST/slack/events" },
    event_subscriptions: {
      request_url: "https://YOUR-HOST/slack/events",
      bot_events: ["app_home_opened", "app_uninstalled", "channel_shared", "channel_unshared", "tokens_revoked"],
    },
    org_deploy_enabled: false,
    socket_mode_enabled: false,
    token_rotation_enabled: false,
  },
} satisfies Manifest;
