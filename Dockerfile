# Countersign in a container: Node 24, production packages only, not root, without the local Slack, the sample agents and the embedded Postgres.
# Without Slack's settings it does not start: there is nothing here that could stand in for it.
# `node scripts/image.ts` builds it with buildah and starts what is in it; there was no Docker engine where this was written.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The secret is for build hosts whose way to the registry is vouched for by certificates of their own; it is lent to this step and stays out of the image.
RUN --mount=type=secret,id=ca,required=false \
  if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
  npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 COUNTERSIGN_DATA_DIR=/tmp/countersign COUNTERSIGN_CONFIG=/config/countersign.yaml
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json countersign.example.yaml README.md ./
COPY migrations ./migrations
COPY templates ./templates
COPY src ./src
RUN rm -r src/local
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "src/main.ts"]
