import type { AppsManifestCreateArguments } from "@slack/web-api";

/** The Slack app as one typed object; manifest.yml is generated from it (scripts/generate-docs.ts) and checked fresh. */
export type Manifest = Exclude<AppsManifestCreateArguments["manifest"], string>;

export const MANIFEST = {
  display_information: {
    name: "Countersign",
    description: "Agents ask, people decide.",
    long_description: [
      "Countersign brings the steps that AI agents may not take alone to the people who answer for them:",
      "a short brief, buttons that say what they do, a deadline, and a safe answer when nobody is there.",
      "Every step is in an audit log.",
    ].join(" "),
    background_color: "#173f38",
  },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
    bot_user: { display_name: "Countersign", always_online: true },
    slash_commands: [
      {
        command: "/countersign",
        description: "Queues, decisions, policy",
        usage_hint: "help | queue | mine | show ID | oncall | stats 7d | policy",
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
