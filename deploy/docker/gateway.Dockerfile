# The gateway. Build from the top of the repository, after `mvn package -DskipTests`:
#
#   docker build -f deploy/docker/gateway.Dockerfile -t trunkline/gateway .
#
# BASE is any image with a JRE 25 and bash.
ARG BASE=eclipse-temurin:25-jre
FROM ${BASE}

WORKDIR /opt/trunkline
COPY gateway/target/gateway.jar deploy/docker/jvm.args deploy/docker/health deploy/docker/train ./

# What the JVM learns in a run of the real program it need not find out again at each start. The
# archive fits this jar, its date too, and this JRE; beside others the JVM goes without.
RUN bash train gateway

ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Trunkline gateway" \
      org.opencontainers.image.description="Holds WebSockets, one of many that are one" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# A number, so that Kubernetes' runAsNonRoot can see that it is not root. It owns nothing here.
USER 10001:10001
EXPOSE 8080 9090

# Not readiness: whoever starts unhealthy containers anew must not do so because Postgres is away.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=6 \
  CMD ["bash", "/opt/trunkline/health", "live"]

# java is process 1 and gets SIGTERM itself.
ENTRYPOINT ["java", "@/opt/trunkline/jvm.args", "-XX:AOTCache=/opt/trunkline/gateway.aot", \
            "-jar", "/opt/trunkline/gateway.jar"]
